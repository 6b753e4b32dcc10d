import {
  context,
  INVALID_TRACEID,
  isSpanContextValid,
  propagation,
  type SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type TimeInput,
  type Tracer,
} from "@opentelemetry/api";
import { isTracingSuppressed } from "@opentelemetry/core";
import { AppError, errorChain } from "../errors";
import { LINKED_ROOT } from "./linked-context";
import { formatTraceparent, parseTraceparent } from "./traceparent";

const instrumentation = "alexandrite";
let tracer: Tracer | undefined;
let followsParent = false;

export type SpanOptions = {
  kind?: SpanKind;
  attributes?: Attributes;
  /** Where the span hangs; the active context by default, `ROOT_CONTEXT` for a new trace. */
  parent?: Context | undefined;
  links?: Link[];
  startTime?: TimeInput;
};

/** Starts a span that the caller ends, for work that no function encloses. `context` carries it to what runs below. */
export function startSpan(name: string, options: SpanOptions = {}): { span: Span; context: Context } {
  const parent = options.parent ?? context.active();
  const above = trace.getSpan(parent);
  if (above && followsParent && isUnrecorded(above)) return { span: above, context: parent };
  // Asked for once: before a provider is there the API hands out a tracer that finds it later.
  tracer ??= trace.getTracer(instrumentation);
  const span = tracer.startSpan(name, options, parent);
  return { span, context: trace.setSpan(parent, span) };
}

/** Tells that no span below one that is not recorded is ever recorded, so that such spans are not built; the telemetry's set-up says so for samplers that follow the parent. */
export function followParents(follows: boolean): void {
  followsParent = follows;
}

/** True for a span of a trace that its root, or whoever called, has decided not to record; false without a trace. */
function isUnrecorded(span: Span): boolean {
  if (span.isRecording()) return false;
  const { traceId, traceFlags } = span.spanContext();
  return traceId !== INVALID_TRACEID && (traceFlags & TraceFlags.SAMPLED) === 0;
}

/** Runs `fn` in a span. It ends exactly once; a thrown error is recorded on it and thrown on. */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  fn: (span: Span) => Promise<T> | T,
): Promise<T> {
  const { span, context: inside } = startSpan(name, options);
  try {
    return await context.with(inside, fn, undefined, span);
  } catch (error) {
    recordError(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Marks a span as failed: status, `error.type` (the reason of an AppError) and an exception event. */
export function recordError(span: Span, error: unknown): void {
  if (!span.isRecording()) return;
  span.setAttribute("error.type", errorType(error));
  span.recordException(error instanceof Error ? error : String(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: errorChain(error) });
}

/** The value of `error.type`: the reason of an AppError, else the error's class. */
export function errorType(error: unknown): string {
  return error instanceof AppError ? error.reason : error instanceof Error ? error.name : typeof error;
}

/** The W3C headers (`traceparent`, `tracestate`) of the active or given context; empty without a span. */
export function injectTrace(of: Context = context.active()): Record<string, string> {
  const headers: Record<string, string> = {};
  const span = trace.getSpanContext(of);
  // Baggage and trace state are rare, and then the propagator knows how; what every call has is written here, at a fraction of its cost.
  if (propagation.getBaggage(of) || span?.traceState) propagation.inject(of, headers);
  else if (span && isSpanContextValid(span) && !isTracingSuppressed(of)) {
    headers["traceparent"] = formatTraceparent(span);
  }
  return headers;
}

/** The context that W3C headers name, on a fresh root: nothing of the caller's context leaks in. */
export function extractTrace(headers: Readonly<Record<string, string | string[] | undefined>>): Context {
  const { traceparent, tracestate } = headers;
  // Most internal messages have no header; extraction costs half a microsecond even then.
  if (traceparent === undefined) return LINKED_ROOT;
  if (tracestate === undefined && typeof traceparent === "string") {
    const parent = parseTraceparent(traceparent);
    if (parent) return trace.setSpanContext(LINKED_ROOT, parent);
  }
  return propagation.extract(LINKED_ROOT, headers);
}

/** The trace id of the active or given context, when that trace is recorded. */
export function currentTraceId(of: Context = context.active()): string | undefined {
  const span = trace.getSpanContext(of);
  return span && (span.traceFlags & TraceFlags.SAMPLED) !== 0 ? span.traceId : undefined;
}
