import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { GrpcInstrumentation } from "@opentelemetry/instrumentation-grpc";
import { Counter, Histogram } from "prom-client";
import { startUsualTelemetry } from "../variants/usual-telemetry";
import type { BenchClient } from "./bench-client";
import { belowACaller } from "./parents";

/** grpc-js with instrumentation-grpc, and prom-client around each call. */
export async function openUsualClient(port: number): Promise<BenchClient> {
  startUsualTelemetry();
  registerInstrumentations({ instrumentations: [new GrpcInstrumentation()] });
  const labelNames = ["grpc_method", "grpc_code"];
  const handled = new Counter({ name: "grpc_client_handled_total", help: "Calls.", labelNames });
  const handling = new Histogram({ name: "grpc_client_handling_seconds", help: "Seconds.", labelNames });
  // After the instrumentation, which patches grpc-js when it is loaded.
  const { openBareClient } = await import("./bare.js");
  const call = await openBareClient(port);
  return (workload, sampled) =>
    belowACaller(sampled, async () => {
      const startedAt = performance.now();
      let code = 0;
      try {
        await call(workload, sampled);
      } catch (error) {
        code = (error as { code?: number }).code ?? 2;
        throw error;
      } finally {
        const labels = { grpc_method: workload, grpc_code: String(code) };
        handled.inc(labels);
        handling.observe(labels, (performance.now() - startedAt) / 1_000);
      }
    });
}
