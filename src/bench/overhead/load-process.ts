import { Client, credentials, Metadata } from "@grpc/grpc-js";
import type { Order, Report } from "./messages";
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

async function run({ port, workload, calls, sampledShare }: Order & { kind: "run" }): Promise<Report> {
  const client = clientOf(port);
  const latencies: number[] = [];
  let left = calls;
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const headers = left % 100 < sampledShare * 100 ? sampled : unsampled;
      const sentAt = performance.now();
      await callOnce(client, workload, headers[left % 64] as Metadata);
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: workloads[workload].concurrency }, worker));
  const { user, system } = process.cpuUsage(before);
  latencies.sort((a, b) => a - b);
  return {
    kind: "ran",
    cpuUs: user + system,
    seconds: (performance.now() - startedAt) / 1_000,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  };
}

process.on("message", (order: Order) => {
  if (order.kind === "run") void run(order).then((report) => process.send?.(report));
});
process.once("disconnect", () => process.exit(0));
process.send?.({ kind: "ready", port: 0 } satisfies Report);
