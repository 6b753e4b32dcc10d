import { ExportResultCode, type ExportResult } from "@opentelemetry/core";
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace-base";

/** What became of finished spans. */
export type SpanCounts = { exported: number; exportFailed: number; queueFull: number };

/** Counts what the wrapped exporter accepted and what it lost. */
export class CountingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #counts: SpanCounts;

  constructor(exporter: SpanExporter, counts: SpanCounts) {
    this.#exporter = exporter;
    this.#counts = counts;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) this.#counts.exported += spans.length;
      else this.#counts.exportFailed += spans.length;
      done(result);
    });
  }
  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }
  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

/**
 * A batch processor that counts the spans it drops because its queue is full. The SDK (2.12) keeps that number private and resets it when
 * it logs it, so each `onEnd` is looked at; where the field is missing nothing is counted.
 */
export class CountingBatchProcessor extends BatchSpanProcessor {
  readonly #counts: SpanCounts;

  constructor(exporter: SpanExporter, counts: SpanCounts) {
    super(new CountingExporter(exporter, counts), {
      maxQueueSize: 8_192,
      scheduledDelayMillis: 1_000,
      exportTimeoutMillis: 10_000,
    });
    this.#counts = counts;
  }

  override onEnd(span: ReadableSpan): void {
    const before = this.#dropped();
    super.onEnd(span);
    if (this.#dropped() > before) this.#counts.queueFull++;
  }

  #dropped(): number {
    return (this as unknown as { _droppedSpansCount?: number })._droppedSpansCount ?? 0;
  }
}
