/** A span as far as these checks look at it, whichever store it comes from. */
export type TraceSpan = {
  traceId: string;
  spanId: string;
  /** Undefined for a trace's first span. */
  parentSpanId?: string;
  /** The process that made it. */
  service: string;
  name: string;
  /** Epoch milliseconds. */
  startMs: number;
  durationMs: number;
  attributes: Record<string, unknown>;
};

export type Trace = { traceId: string; spans: TraceSpan[] };

/** Where traces are kept. */
export type TraceSource = {
  /** All traces with a span of the order. */
  ofOrder(orderId: string): Promise<Trace[]>;
  /** Undefined when no span of it is there: not yet, or not any more. */
  find(traceId: string): Promise<Trace | undefined>;
};
