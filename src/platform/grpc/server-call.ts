import type { Metadata } from "@grpc/grpc-js";
import { AppError, categories, categoryOfGrpcStatus, toAppError } from "../errors";
import {
  context,
  type Context,
  currentTraceId,
  type Logger,
  type Outcome,
  recordError,
  type Scope,
  type Span,
} from "../telemetry";
import { codeName, isServerFault } from "./codes";
import type { MethodLabels, MethodSlots } from "./method-slots";
import type { Principal } from "./types";

/** What a server call is observed through. */
export type CallObservers = {
  slots: MethodSlots;
  labels: MethodLabels;
  span: Span;
  context: Context;
  scope: Scope;
  log: Logger;
  peer: string;
  /** Health checks and reflection: their lines are for debugging only. */
  quiet: boolean;
};

/**
 * One call on the server, from its headers to its end. Whatever ends it calls `settle` once or several times; the first time counts, and that one outcome goes to
 * metric, span and log.
 */
export class ServerCall {
  readonly observers: CallObservers;
  readonly metadata: Metadata;
  readonly abort = new AbortController();
  /** Epoch milliseconds; the caller's, or the default that was given to it. */
  deadlineAt = Number.POSITIVE_INFINITY;
  principal: Principal | undefined;
  /** What the handler threw, when it threw. */
  error: unknown;
  messagesIn = 0;
  messagesOut = 0;
  readonly #startedAt = performance.now();
  #settled = false;

  constructor(observers: CallObservers, metadata: Metadata) {
    this.observers = observers;
    this.metadata = metadata;
    observers.slots.begin();
  }

  get settled(): boolean {
    return this.#settled;
  }

  settle(status: number): void {
    if (this.#settled) return;
    this.#settled = true;
    const code = this.#seenByCaller(status);
    const outcome: Outcome = {
      code: codeName(code),
      error: code === 0 ? undefined : this.error,
      seconds: (performance.now() - this.#startedAt) / 1000,
      messagesIn: this.messagesIn,
      messagesOut: this.messagesOut,
    };
    const { slots } = this.observers;
    slots.received.inc(this.messagesIn);
    slots.sent.inc(this.messagesOut);
    slots.end(code, outcome.seconds, currentTraceId(this.observers.context));
    this.#mark(code, outcome);
    this.#write(code, outcome);
    this.abort.abort();
  }

  /** A caller whose deadline passes resets the stream, which looks like a cancellation; it saw DEADLINE_EXCEEDED, so that is the outcome. */
  #seenByCaller(status: number): number {
    const timerSlackMs = 5;
    return status === 1 && Date.now() + timerSlackMs >= this.deadlineAt ? 4 : status;
  }

  #mark(code: number, outcome: Outcome): void {
    const { span } = this.observers;
    span.setAttribute("rpc.grpc.status_code", code);
    if (this.principal && this.principal.role !== "anonymous") {
      span.setAttributes({ "enduser.id": this.principal.id, "enduser.role": this.principal.role });
    }
    if (isServerFault(code)) recordError(span, outcome.error ?? new Error(outcome.code));
    else if (code !== 0) span.setAttribute("error.type", reasonOf(outcome));
    span.end();
  }

  #write(code: number, outcome: Outcome): void {
    const { context: inside, labels, log, peer, quiet } = this.observers;
    const level = quiet ? "debug" : code === 0 ? "info" : categories[categoryOfGrpcStatus(code)].logLevel;
    if (!log.isLevelEnabled(level)) return;
    const method = `${labels.grpc_service}/${labels.grpc_method}`;
    const line = {
      rpc_method: method,
      rpc_code: outcome.code,
      ms: Math.round(outcome.seconds * 1e6) / 1e3,
      peer,
      ...(this.principal && { user_role: this.principal.role, user_id: this.principal.id }),
      messages_in: outcome.messagesIn,
      messages_out: outcome.messagesOut,
      ...(Number.isFinite(this.deadlineAt) && { deadline_left_ms: Math.round(this.deadlineAt - Date.now()) }),
      ...(outcome.error !== undefined && { err: toLoggedError(outcome.error, code) }),
    };
    // The call's own context gives the line its trace and the fields that the handler added.
    context.with(inside, () => log[level](line, `${method} ${outcome.code}`));
  }
}

function reasonOf({ code, error }: Outcome): string {
  return error instanceof AppError ? error.reason : code;
}

/** A refusal needs its reason, a fault its whole chain. */
function toLoggedError(error: unknown, code: number): unknown {
  if (isServerFault(code) || !(error instanceof AppError)) return error;
  const { reason, message } = toAppError(error);
  return { reason, message };
}
