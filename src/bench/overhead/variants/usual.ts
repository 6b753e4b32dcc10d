import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { GrpcInstrumentation } from "@opentelemetry/instrumentation-grpc";
import { context, trace } from "@opentelemetry/api";
import pino from "pino";
import { Counter, Histogram } from "prom-client";
import { startUsualTelemetry } from "./usual-telemetry";

/** grpc-js as most services run it: instrumentation-grpc, and a wrapper around each handler with prom-client and pino. */
export async function startUsual(): Promise<number> {
  startUsualTelemetry();
  registerInstrumentations({ instrumentations: [new GrpcInstrumentation()] });
  const log = pino({
    mixin: () => {
      const span = trace.getSpanContext(context.active());
      return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
    },
  });
  const labelNames = ["grpc_method", "grpc_code"];
  const handled = new Counter({ name: "grpc_server_handled_total", help: "Calls.", labelNames });
  const handling = new Histogram({ name: "grpc_server_handling_seconds", help: "Seconds.", labelNames });
  // After the instrumentation, which patches grpc-js when it is loaded.
  const { startBare } = await import("./bare.js");
  type Call = { getPath(): string; getPeer(): string; once?(event: string, listener: () => void): void };
  type Callback = (error: { code?: number } | null, answer?: unknown) => void;
  return startBare((handler) => {
    const inner = handler as (call: Call, callback?: Callback) => void;
    const observed = (call: Call, callback?: Callback): void => {
      const startedAt = performance.now();
      const settle = (code: string): void => {
        const seconds = (performance.now() - startedAt) / 1_000;
        const labels = { grpc_method: call.getPath(), grpc_code: code };
        handled.inc(labels);
        handling.observe(labels, seconds);
        log.info({ ...labels, peer: call.getPeer(), ms: seconds * 1_000 }, "call");
      };
      if (callback) {
        inner(call, (error, answer) => {
          callback(error, answer);
          settle(String(error?.code ?? 0));
        });
      } else {
        call.once?.("finish", () => settle("0"));
        inner(call);
      }
    };
    // grpc-js and the instrumentation tell the kinds apart by the method's definition, not by the function.
    return observed as never;
  });
}
