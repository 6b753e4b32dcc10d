import { Client, credentials, Metadata } from "@grpc/grpc-js";
import type { GetRequest, ListRequest, WatchRequest } from "../gen/bench";
import { grpcJsService, keyOf, messages, workloads } from "../workload";
import { type BenchClient, deadlineMs, readAll } from "./bench-client";

/** grpc-js and ts-proto, and a promise around the callback, as everybody writes it. */
export async function openBareClient(port: number): Promise<BenchClient> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.enable_channelz": 0,
  });
  const service = grpcJsService();
  return (workload) => {
    const method = service[keyOf(workload)];
    if (!method) throw new Error(`The service has no method for ${workload}.`);
    const { path, requestSerialize: write, responseDeserialize: read } = method;
    const request: GetRequest | ListRequest | WatchRequest = messages[workload];
    const options = { deadline: Date.now() + deadlineMs };
    const metadata = new Metadata();
    if (workload === "stream") {
      const stream = client.makeServerStreamRequest(path, write, read, request, metadata, options);
      return readAll(stream, workloads.stream.messages);
    }
    return new Promise<void>((resolve, reject) =>
      client.makeUnaryRequest(path, write, read, request, metadata, options, (error) =>
        error ? reject(error) : resolve(),
      ),
    );
  };
}
