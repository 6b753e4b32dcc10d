import { AppError, categories } from "../errors";
import {
  type Attributes,
  type Context,
  context,
  type Logger,
  type Outcome,
  recordError,
  type Span,
  SpanKind,
  startSpan,
  TraceFlags,
} from "../telemetry";
import type { AttemptedCall, RetryKind } from "./attempts";
import { codeName } from "./codes";
import type { MethodSlots } from "./method-slots";

/** What a method's calls share. */
export type ObservedClientMethod = {
  /** `package.Service/Method`. */
  readonly name: string;
  readonly slots: MethodSlots;
  /** What is known of every span of it (OpenTelemetry semantic conventions for gRPC). */
  readonly attributes: Attributes;
};

/** One outgoing call, settled once into metric, span and log, whoever ends it. */
export class ClientCall implements AttemptedCall {
  readonly context: Context;
  /** Of a trace that is recorded. */
  readonly traceId: string | undefined;
  messagesIn = 0;
  messagesOut = 0;
  bytesIn = 0;
  bytesOut = 0;
  readonly #slots: MethodSlots;
  readonly #method: ObservedClientMethod;
  readonly #log: Logger;
  readonly #span: Span;
  readonly #startedAt = performance.now();
  #settled = false;
  #attempts = 1;

  constructor(method: ObservedClientMethod, log: Logger) {
    const { slots, name, attributes } = method;
    this.#slots = slots;
    this.#method = method;
    this.#log = log;
    const started = startSpan(name, { kind: SpanKind.CLIENT, attributes });
    this.#span = started.span;
    this.context = started.context;
    const { traceId, traceFlags } = started.span.spanContext();
    this.traceId = (traceFlags & TraceFlags.SAMPLED) === 0 ? undefined : traceId;
    slots.begin();
  }

  /** Tells the span of an attempt beyond the first, and of the status that made it needed: none when the attempt before is only slow. */
  sentAgain(attempt: number, kind: RetryKind, code: number | undefined): void {
    this.#attempts = attempt;
    if (!this.#span.isRecording()) return;
    this.#span.addEvent("retry", {
      "rpc.attempt": attempt,
      "rpc.attempt.kind": kind,
      ...(code !== undefined && { "rpc.grpc.status_code": code }),
    });
  }

  /** Ends the record; without an error the call went well. Later words are not heard. */
  settle(error?: AppError): void {
    if (this.#settled) return;
    this.#settled = true;
    const code = error === undefined ? 0 : categories[error.category].grpcStatus;
    const outcome: Outcome = {
      code: codeName(code),
      error,
      seconds: (performance.now() - this.#startedAt) / 1000,
      messagesIn: this.messagesIn,
      messagesOut: this.messagesOut,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
    };
    this.#slots.end(code, outcome, this.traceId);
    if (this.#span.isRecording()) {
      this.#span.setAttribute("rpc.grpc.status_code", code);
      if (error) recordError(this.#span, error);
      this.#span.end();
    }
    this.#write(outcome);
  }

  /** The server logs every call; here a line is only worth while when it tells of a failure. */
  #write({ code, error, seconds }: Outcome): void {
    const level = error instanceof AppError && categories[error.category].retryable ? "warn" : "debug";
    if (!this.#log.isLevelEnabled(level)) return;
    const method = this.#method.name;
    const line = {
      rpc_method: method,
      rpc_code: code,
      rpc_side: "client",
      ms: Math.round(seconds * 1e6) / 1e3,
      ...(this.#attempts > 1 && { attempts: this.#attempts }),
      ...(error instanceof AppError && { reason: error.reason, fault: error.message }),
    };
    context.with(this.context, () => this.#log[level](line, `call of ${method} ${code}`));
  }
}
