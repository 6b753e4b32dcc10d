import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerInterceptor,
  type ServerUnaryCall,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import type {
  GetRequest,
  GetResponse,
  ListRequest,
  ListResponse,
  WatchRequest,
  WatchResponse,
} from "../gen/bench";
import { answers, grpcJsService } from "../workload";

/** grpc-js and ts-proto, and nothing else: what every other variant is compared with. */
export async function startBare(
  interceptors: ServerInterceptor[] = [],
  wrap: <F>(handler: F) => F = (handler) => handler,
): Promise<number> {
  const server = new Server({ "grpc.enable_channelz": 0, interceptors });
  server.addService(grpcJsService(), {
    get: wrap((call: ServerUnaryCall<GetRequest, GetResponse>, callback: sendUnaryData<GetResponse>) =>
      callback(null, answers.get(call.request)),
    ),
    list: wrap((call: ServerUnaryCall<ListRequest, ListResponse>, callback: sendUnaryData<ListResponse>) =>
      callback(null, answers.list(call.request)),
    ),
    watch: wrap((call: ServerWritableStream<WatchRequest, WatchResponse>) => {
      const messages = answers.watch(call.request);
      const write = (): void => {
        for (;;) {
          const next = messages.next();
          if (next.done) return void call.end();
          if (!call.write(next.value)) return void call.once("drain", write);
        }
      };
      write();
    }),
  });
  return new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
}
