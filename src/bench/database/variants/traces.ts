import { context, ROOT_CONTEXT, trace, TraceFlags } from "@opentelemetry/api";
import { ExportResultCode, type ExportResult } from "@opentelemetry/core";
import { BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";

/** Counts the spans that it is given and lets them go: what spans cost a query, without the way to a collector. */
class DiscardingExporter implements SpanExporter {
  exported = 0;

  export(spans: unknown[], done: (result: ExportResult) => void): void {
    this.exported += spans.length;
    done({ code: ExportResultCode.SUCCESS });
  }
  async shutdown(): Promise<void> {}
}

/** A processor as production has it, with a queue that the load does not fill, and the number of spans that went through it. */
export function discardingProcessor(): { processor: BatchSpanProcessor; exported(): Promise<number> } {
  const exporter = new DiscardingExporter();
  const processor = new BatchSpanProcessor(exporter, { maxQueueSize: 32_768, scheduledDelayMillis: 200 });
  return {
    processor,
    async exported() {
      await processor.forceFlush();
      return exporter.exported;
    },
  };
}

let requests = 0;

/** Runs `fn` below a span of another process, as a server does with the trace that its caller names. */
export function inRequest<T>(sampled: boolean, fn: () => Promise<T>): Promise<T> {
  const parent = {
    // Counted, not drawn: random ids cost more than what is measured.
    traceId: (++requests).toString(16).padStart(32, "0"),
    spanId: "00f067aa0ba902b7",
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  };
  return context.with(trace.setSpanContext(ROOT_CONTEXT, parent), fn);
}
