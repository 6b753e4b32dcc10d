import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { Histogram } from "prom-client";
import { discardingProcessor, inRequest } from "./traces";
import type { Variant } from "./variant";

/** pg as most services run it: OpenTelemetry's instrumentation, and a prom-client histogram whose label the caller gives. */
export async function openUsual(url: string): Promise<Variant> {
  const discarding = discardingProcessor();
  const provider = new NodeTracerProvider({ spanProcessors: [discarding.processor] });
  provider.register({ contextManager: new AsyncLocalStorageContextManager() });
  registerInstrumentations({ instrumentations: [new PgInstrumentation()] });
  const duration = new Histogram({
    name: "db_query_duration_seconds",
    help: "Seconds.",
    labelNames: ["operation", "outcome"],
  });
  // After the instrumentation, which patches pg when it is loaded.
  const bare = await (await import("./bare.js")).openBare(url);
  return {
    async query(id) {
      const end = duration.startTimer({ operation: "item by id" });
      try {
        const rows = await bare.query(id);
        end({ outcome: "ok" });
        return rows;
      } catch (error) {
        end({ outcome: "error" });
        throw error;
      }
    },
    request: inRequest,
    async observed() {
      const { values } = await duration.get();
      const count = values.find((each) => each.metricName === "db_query_duration_seconds_count");
      return { metrics: count?.value ?? 0, spans: await discarding.exported() };
    },
  };
}
