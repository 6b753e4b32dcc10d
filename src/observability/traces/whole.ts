import type { Trace, TraceSpan } from "./span";

/** Spans whose parent is not in the trace: between the two something was lost, or the context was not passed on. */
export function orphansOf({ spans }: Trace): TraceSpan[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  return spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId));
}

/** Spans that hang on nothing; a whole trace has one. */
export function rootsOf({ spans }: Trace): TraceSpan[] {
  return spans.filter(({ parentSpanId }) => parentSpanId === undefined);
}

/** The processes that a trace goes through, by name. */
export function processesOf({ spans }: Trace): string[] {
  return [...new Set(spans.map(({ service }) => service))].sort();
}

/** What is wrong with a trace by itself, as sentences; none for a whole one. */
export function faultsOf(trace: Trace): string[] {
  const roots = rootsOf(trace);
  return [
    ...orphansOf(trace).map(
      ({ service, name, spanId }) => `trace ${trace.traceId}: ${service}: ${name} (${spanId}) is an orphan`,
    ),
    ...(roots.length === 1 ? [] : [`trace ${trace.traceId} has ${roots.length} roots, not 1`]),
  ];
}
