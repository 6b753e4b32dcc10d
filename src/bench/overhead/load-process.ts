import { Client, credentials, Metadata } from "@grpc/grpc-js";
import type { Order, Report } from "./messages";
import { runLoad } from "./run-load";
import { requests, type Workload, workloads } from "./workload";

/** The load: bytes in, bytes out, the same for every server. */
const asItIs = (bytes: Buffer): Buffer => bytes;
const clients = new Map<number, Client>();
const sampled = Array.from({ length: 64 }, () => traceHeaders(true));
const unsampled = Array.from({ length: 64 }, () => traceHeaders(false));

/** The headers of a call behind a gateway: a trace, recorded or not. */
function traceHeaders(sampled: boolean): Metadata {
  const metadata = new Metadata();
  const hex = (digits: number) => {
    let text = "";
    while (text.length < digits)
      text += Math.floor(Math.random() * 0xffffffff + 1)
        .toString(16)
        .padStart(8, "0");
    return text.slice(0, digits);
  };
  metadata.set("traceparent", `00-${hex(32)}-${hex(16)}-${sampled ? "01" : "00"}`);
  return metadata;
}

function clientOf(port: number): Client {
  const known = clients.get(port);
  if (known) return known;
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_channelz": 0,
  });
  clients.set(port, client);
  return client;
}

function callOnce(client: Client, workload: Workload, metadata: Metadata): Promise<void> {
  const { path, bytes } = requests[workload];
  const method = `/alexandrite.bench.v1.BenchService/${path}`;
  const options = { deadline: Date.now() + 10_000 };
  return new Promise((resolve, reject) => {
    if (workload !== "stream") {
      client.makeUnaryRequest(method, asItIs, asItIs, bytes, metadata, options, (error) =>
        error ? reject(error) : resolve(),
      );
      return;
    }
    const call = client.makeServerStreamRequest(method, asItIs, asItIs, bytes, metadata, options);
    let received = 0;
    call.on("data", () => (received += 1));
    call.on("error", reject);
    call.on("end", () => {
      const { messages } = workloads.stream;
      if (received === messages) resolve();
      else reject(new Error(`The stream had ${received} messages instead of ${messages}.`));
    });
  });
}

process.on("message", (order: Order) => {
  if (order.kind !== "run") return;
  const { port, workload, calls, sampledShare } = order;
  const client = clientOf(port);
  let next = 0;
  const call = (isSampled: boolean): Promise<void> => {
    next = (next + 1) % 64;
    return callOnce(client, workload, (isSampled ? sampled : unsampled)[next] as Metadata);
  };
  void runLoad(call, { workload, calls, sampledShare }).then((report) => process.send?.(report));
});
process.once("disconnect", () => process.exit(0));
process.send?.({ kind: "ready", port: 0 } satisfies Report);
