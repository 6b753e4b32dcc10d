import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "../../../platform/config";
import { createServer, grpcServerConfig, type CallSignals } from "../../../platform/grpc";
import { createHost } from "../../../platform/lifecycle";
import { createMetrics, openLog, startTelemetry } from "../../../platform/telemetry";
import { BenchServiceDefinition } from "../gen/bench";
import { answers } from "../workload";
import { discardingProcessor } from "./discarding-exporter";

/** The platform's server, with the signals given. Lines go to standard output, which the benchmark throws away. */
export async function startOurs(signals: CallSignals): Promise<number> {
  if (signals.traces !== "off") {
    startTelemetry({
      identity: { service: "bench", instance: "bench-1" },
      processors: [discardingProcessor()],
    });
  }
  const { log } = openLog({ service: "bench", instance: "bench-1", level: "info" });
  const { host } = createHost({ name: "bench", instance: "bench-1", log, metrics: createMetrics() });
  const { grpc } = defineConfig({ grpc: grpcServerConfig })({ GRPC_PORT: "0" });
  const server = createServer(host, grpc, {
    descriptors: readFileSync(join(__dirname, "../gen/bench.binpb")),
    authenticate: () => Promise.reject(new Error("Nobody has to say who they are.")),
    signals,
  });
  server.add(BenchServiceDefinition, {
    get: async (request) => answers.get(request),
    list: async (request) => answers.list(request),
    watch: async function* (request) {
      yield* answers.watch(request);
    },
  });
  return (await server.listen()).port;
}
