import type { Span, SpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Exemplar } from "./slots";

/** An exemplar stays for so long: a scrape finds it, and few traces have to be kept for them. */
const staysMs = 10_000;
/** Traces are remembered for their spans that have not ended yet. */
const mostRemembered = 2_000;
const chosen = new Set<string>();

/** The exemplar that follows `old` when a value of this trace comes: `old` itself while it is young. The spans of the trace that end from now on say so. */
export function nextExemplar(old: Exemplar | undefined, traceId: string, value: number): Exemplar {
  const atMs = Date.now();
  if (old !== undefined && Math.abs(atMs - old.atMs) < staysMs) return old;
  chosen.add(traceId);
  if (chosen.size > mostRemembered) chosen.delete(chosen.values().next().value as string);
  return { traceId, value, atMs };
}

/** Marks the spans of traces that a metric names with `metric.exemplar`, so that tail sampling keeps what exemplars lead to. */
export class ExemplarSpanProcessor implements SpanProcessor {
  onStart(): void {}
  onEnding(span: Span): void {
    if (chosen.has(span.spanContext().traceId)) span.setAttribute("metric.exemplar", true);
  }
  onEnd(): void {}
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}
