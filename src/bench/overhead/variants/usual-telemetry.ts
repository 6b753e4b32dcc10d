import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { discardingProcessor } from "./discarding-exporter";

/** OpenTelemetry as its documentation sets it up: everything that the caller's header says is recorded. */
export function startUsualTelemetry(): void {
  new NodeTracerProvider({ spanProcessors: [discardingProcessor()] }).register({
    contextManager: new AsyncLocalStorageContextManager(),
    propagator: new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
  });
}
