import { openClient, withoutCredentials } from "../../../platform/grpc";
import { createHost } from "../../../platform/lifecycle";
import { createMetrics, openLog, startTelemetry } from "../../../platform/telemetry";
import { BenchServiceDefinition } from "../gen/bench";
import { discardingProcessor } from "../variants/discarding-exporter";
import { messages, workloads } from "../workload";
import { type BenchClient, deadlineMs, readAll } from "./bench-client";
import { belowACaller } from "./parents";

/** The platform's client, as services have it; without traces no tracer is registered. */
export async function openOurClient(port: number, { traces }: { traces: boolean }): Promise<BenchClient> {
  if (traces) {
    startTelemetry({
      identity: { service: "bench", instance: "bench-1" },
      processors: [discardingProcessor()],
    });
  }
  const { log } = openLog({ service: "bench", instance: "bench-1", level: "info" });
  const { host } = createHost({ name: "bench", instance: "bench-1", log, metrics: createMetrics() });
  const client = await openClient(host, BenchServiceDefinition, {
    address: `127.0.0.1:${port}`,
    credentials: withoutCredentials(),
  });
  const given = { deadlineMs };
  return (workload, sampled) =>
    belowACaller(sampled, async () => {
      if (workload === "unary") await client.get(messages.unary, given);
      else if (workload === "list") await client.list(messages.list, given);
      else await readAll(client.watch(messages.stream, given), workloads.stream.messages);
    });
}
