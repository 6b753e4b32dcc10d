import { z } from "zod";

/** A span of whichever store. */
export type Span = {
  traceId: string;
  spanId: string;
  parentSpanId?: string | undefined;
  service: string;
  name: string;
  /** SERVER, CLIENT, PRODUCER, CONSUMER or INTERNAL. */
  kind: string;
  /** Epoch milliseconds, with fractions. */
  startMs: number;
  durationMs: number;
  failed: boolean;
  /** What failed, in words. */
  statusMessage?: string | undefined;
  attributes: Record<string, unknown>;
};

/** Where spans are kept. */
export type SpanStore = {
  readonly name: string;
  /** The spans of an order, at most `limit`. */
  ofOrder(orderId: string, limit: number, signal: AbortSignal): Promise<Span[]>;
  /** The spans of a trace; none for one that is not stored. */
  ofTrace(traceId: string, signal: AbortSignal): Promise<Span[]>;
};

export const attributes = z.record(z.string(), z.unknown());
