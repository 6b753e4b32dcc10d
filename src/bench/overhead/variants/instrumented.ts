import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { GrpcInstrumentation } from "@opentelemetry/instrumentation-grpc";

/** The platform's server with the spans of `@opentelemetry/instrumentation-grpc` in place of its own. */
export async function startInstrumented(): Promise<number> {
  registerInstrumentations({ instrumentations: [new GrpcInstrumentation()] });
  // After the instrumentation, which patches grpc-js when it is loaded.
  const { startOurs } = await import("./ours.js");
  return startOurs({ traces: "instrumentation" });
}
