import { createChannel, createClientFactory } from "nice-grpc";
import { openTelemetryClientMiddleware } from "nice-grpc-opentelemetry";
import { prometheusClientMiddleware } from "nice-grpc-prometheus";
import { BenchServiceDefinition } from "../gen/bench";
import { startUsualTelemetry } from "../variants/usual-telemetry";
import { messages, workloads } from "../workload";
import { type BenchClient, deadlineMs, readAll } from "./bench-client";
import { belowACaller } from "./parents";

/** nice-grpc's client with its middleware for metrics and traces. */
export async function openNiceClient(port: number): Promise<BenchClient> {
  startUsualTelemetry();
  const client = createClientFactory()
    .use(openTelemetryClientMiddleware())
    .use(prometheusClientMiddleware())
    .create(BenchServiceDefinition, createChannel(`127.0.0.1:${port}`));
  return (workload, sampled) =>
    belowACaller(sampled, async () => {
      const signal = AbortSignal.timeout(deadlineMs);
      if (workload === "unary") await client.get(messages.unary as never, { signal });
      else if (workload === "list") await client.list(messages.list as never, { signal });
      else await readAll(client.watch(messages.stream as never, { signal }), workloads.stream.messages);
    });
}
