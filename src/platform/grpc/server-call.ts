import type { Metadata } from "@grpc/grpc-js";
import { AppError, categoryOfGrpcStatus } from "../errors";
import type { Slot } from "../overload";
import {
  type Context,
  currentTraceId,
  extractTrace,
  LINKED_ROOT,
  type Outcome,
  type Scope,
  type Span,
  SpanKind,
  startSpan,
  withScope,
} from "../telemetry";
import { logCall, markSpan } from "./call-signals";
import { codeName } from "./codes";
import type { CallSink } from "./observe-calls";
import { dnsNamesOf, type Peer } from "./peer-certificate";
import type { ObservedMethod } from "./observed-method";
import type { CallEvents } from "./tracker";
import type { Principal } from "./types";

/** Why the signal of a call that ended well aborts: whatever still listens to it should let go. Shared, for making an error per call costs microseconds. */
const finished = new AppError({
  category: "cancelled",
  reason: "FINISHED",
  message: "The call has ended",
});

/**
 * One call on the server, from its headers to its end. Whatever ends it calls `settle` once or several times; the first time counts, and that one outcome goes to
 * metric, span and log. It is its own tracker and its own scope, and makes what not every call needs (signal, fields, peer) when it is asked for: each object less
 * is a part of the price of being observed.
 */
export class ServerCall implements Scope, CallEvents {
  readonly sink: CallSink;
  readonly method: ObservedMethod;
  readonly metadata: Metadata;
  /** The call's trace and scope. */
  readonly context: Context;
  /** Set by `withScope`, and by an instrumentation's own span. */
  span: Span | undefined;
  /** Epoch milliseconds; the caller's, or the default that was given to it. */
  deadlineAt = Number.POSITIVE_INFINITY;
  /** True when the caller gave none: then nobody but us ends the call. */
  hasDefaultDeadline = false;
  deadlineTimer: NodeJS.Timeout | undefined;
  principal: Principal | undefined;
  /** What the handler threw, when it threw. */
  error: unknown;
  messagesIn = 0;
  messagesOut = 0;
  bytesIn = 0;
  bytesOut = 0;
  #slot: Slot | undefined;
  #slotSince = 0;
  #slotMs = 0;
  /** Answers the caller before the handler does; the call's adapter sets it. */
  answerEarly: ((error: AppError) => void) | undefined;
  #fields: Record<string, string> | undefined;
  #abort: AbortController | undefined;
  #abortedBy: AppError | undefined;
  #settled = false;
  readonly #peer: Peer;
  readonly #startedAt: number;

  /** `startedAt`: when its headers came, as `performance.now()` tells it. */
  constructor(
    sink: CallSink,
    method: ObservedMethod,
    metadata: Metadata,
    peer: Peer,
    startedAt = performance.now(),
  ) {
    this.#startedAt = startedAt;
    this.sink = sink;
    this.method = method;
    this.metadata = metadata;
    this.#peer = peer;
    this.context = this.#begin();
    sink.open.add(this);
    method.slots.begin();
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** `address:port` of the caller. */
  get peer(): string {
    return this.#peer.getPeer();
  }

  /** DNS names of the caller's certificate; none without one. */
  get certificateNames(): string[] {
    return dnsNamesOf(this.#peer.getAuthContext?.().sslPeerCertificate);
  }

  get fields(): Record<string, string> {
    return (this.#fields ??= {});
  }

  get credentials(): { authorization?: string | undefined; apiKey?: string | undefined } {
    return { authorization: this.header("authorization"), apiKey: this.header("x-api-key") };
  }

  /** Aborts when the call ends, however it does. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#abortedBy) this.#abort.abort(this.#abortedBy);
    }
    return this.#abort.signal;
  }

  /** The first text value of a header. */
  header(key: string): string | undefined {
    const [value] = this.metadata.get(key);
    return typeof value === "string" ? value : undefined;
  }

  /** Takes the span that an instrumentation has made for this call. */
  adopt(span: Span | undefined): void {
    this.span = span;
  }

  /** Tells the caller and the handler that the call ends now, with `error`; what the caller then sees settles the record. */
  end(error: AppError): void {
    if (this.#settled) return;
    this.error ??= error;
    this.answerEarly?.(error);
    this.#abortBy(error);
  }

  /** Takes its place among the calls that run at a time; streams have none. It is given back at the end, and while the call is idle. */
  holdSlot(slot: Slot): void {
    this.#slot = slot;
    this.#slotSince = performance.now();
  }

  async idle<T>(wait: () => Promise<T>): Promise<T> {
    const slot = this.#slot;
    if (!slot) return wait();
    this.#slot = undefined;
    this.#slotMs += performance.now() - this.#slotSince;
    slot.pause();
    try {
      return await wait();
    } finally {
      if (!this.#settled) {
        slot.resume();
        this.holdSlot(slot);
      }
    }
  }

  addMessageSent(): void {
    this.messagesOut += 1;
  }

  addMessageReceived(): void {
    this.messagesIn += 1;
  }

  onStreamEnd(): void {}

  onCallEnd({ code, details }: { code: number; details: string }): void {
    this.settle(code, details);
  }

  /** Ends the record. `details` is the status text; it becomes the error of a call that grpc-js ended by itself. */
  settle(status: number, details: string): void {
    if (this.#settled) return;
    this.#settled = true;
    const { sink, method } = this;
    sink.open.delete(this);
    const now = performance.now();
    this.#slot?.release(this.#slotMs + now - this.#slotSince);
    if (this.deadlineTimer) clearTimeout(this.deadlineTimer);
    const seconds = (now - this.#startedAt) / 1000;
    const code = status === 1 ? this.#seenByCaller(seconds * 1000) : status;
    const error = code === 0 ? undefined : (this.error ?? endedByTransport(code, details));
    const outcome: Outcome = {
      code: codeName(code),
      error,
      seconds,
      messagesIn: this.messagesIn,
      messagesOut: this.messagesOut,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
    };
    method.slots.end(code, outcome, currentTraceId(this.context));
    if (this.span) markSpan(this.span, this, code, outcome, sink.traces === "own");
    if (sink.logs) logCall(this, code, outcome);
    this.#abortBy(error instanceof AppError ? error : finished);
  }

  /** Starts the call's span; below a trace that its caller does not record there is none. */
  #begin(): Context {
    const { sink, method } = this;
    if (method.quiet || sink.traces === "off")
      return sink.ambient ? withScope(this, LINKED_ROOT) : LINKED_ROOT;
    const parent = extractTrace({
      traceparent: this.header("traceparent"),
      tracestate: this.header("tracestate"),
    });
    if (sink.traces === "instrumentation") return withScope(this, parent);
    const { context } = startSpan(method.name, {
      kind: SpanKind.SERVER,
      parent,
      attributes: { ...method.attributes, "network.peer.address": this.peer },
    });
    return withScope(this, context);
  }

  #abortBy(reason: AppError): void {
    if (this.#abortedBy) return;
    this.#abortedBy = reason;
    this.#abort?.abort(reason);
  }

  /**
   * A caller whose deadline passes resets the stream, which looks like a cancellation; it saw DEADLINE_EXCEEDED, so that is the outcome. Its
   * clock started before ours by the headers' way here, hence the slack: a tenth of the deadline, 20 to 100 ms. Nothing on the wire tells the two apart.
   */
  #seenByCaller(ms: number): number {
    const leftMs = this.deadlineAt - Date.now();
    const slackMs = Math.min(100, Math.max(20, (ms + leftMs) / 10));
    return leftMs <= slackMs ? 4 : 1;
  }
}

/** A refusal without a handler's error: deadline, cancellation, a request over the limit, an unknown method. */
function endedByTransport(code: number, details: string): AppError {
  const category = categoryOfGrpcStatus(code);
  return new AppError({ category, reason: category.toUpperCase(), message: details || category });
}
