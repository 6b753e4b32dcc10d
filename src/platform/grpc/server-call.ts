import type { Metadata } from "@grpc/grpc-js";
import { AppError, categories, categoryOfGrpcStatus } from "../errors";
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
  /** The server's calls that have not ended; a call adds and removes itself. */
  open: Set<ServerCall>;
};

/** Why the signal of a call that ended well aborts: whatever still listens to it should let go. Shared, for making an error per call costs microseconds. */
const finished = new AppError({
  category: "cancelled",
  reason: "FINISHED",
  message: "The call has ended",
});

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
  bytesIn = 0;
  bytesOut = 0;
  readonly #startedAt = performance.now();
  #settled = false;

  constructor(observers: CallObservers, metadata: Metadata) {
    this.observers = observers;
    this.metadata = metadata;
    observers.open.add(this);
    observers.slots.begin();
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Tells the caller and the handler that the call ends now, with `error`; what the caller then sees settles the record. */
  end(error: AppError): void {
    this.error ??= error;
    this.abort.abort(error);
  }

  /** Ends the record. `details` is the status text; it becomes the error of a call that grpc-js ended by itself. */
  settle(status: number, details: string): void {
    if (this.#settled) return;
    this.#settled = true;
    this.observers.open.delete(this);
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const code = this.#seenByCaller(status, seconds * 1000);
    const outcome: Outcome = {
      code: codeName(code),
      error: code === 0 ? undefined : (this.error ?? endedByTransport(code, details)),
      seconds,
      messagesIn: this.messagesIn,
      messagesOut: this.messagesOut,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
    };
    const { slots } = this.observers;
    slots.end(code, outcome, currentTraceId(this.observers.context));
    this.#mark(code, outcome);
    this.#write(code, outcome);
    this.abort.abort(outcome.error ?? finished);
  }

  /**
   * A caller whose deadline passes resets the stream, which looks like a cancellation; it saw DEADLINE_EXCEEDED, so that is the outcome. Its
   * clock started before ours by the headers' way here, hence the slack: a tenth of the deadline, 20 to 100 ms. Nothing on the wire tells the two apart.
   */
  #seenByCaller(status: number, ms: number): number {
    if (status !== 1) return status;
    const leftMs = this.deadlineAt - Date.now();
    const slackMs = Math.min(100, Math.max(20, (ms + leftMs) / 10));
    return leftMs <= slackMs ? 4 : status;
  }

  #mark(code: number, outcome: Outcome): void {
    const { span } = this.observers;
    span.setAttribute("rpc.grpc.status_code", code);
    if (this.principal && this.principal.role !== "anonymous") {
      span.setAttributes({ "enduser.id": this.principal.id, "enduser.role": this.principal.role });
    }
    if (isServerFault(code)) recordError(span, outcome.error);
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
      bytes_in: outcome.bytesIn,
      bytes_out: outcome.bytesOut,
      ...(Number.isFinite(this.deadlineAt) && { deadline_left_ms: Math.round(this.deadlineAt - Date.now()) }),
      ...failureFields(outcome.error, code),
    };
    // The call's own context gives the line its trace and the fields that the handler added.
    context.with(inside, () => log[level](line, `${method} ${outcome.code}`));
  }
}

/** A refusal without a handler's error: deadline, cancellation, a request over the limit, an unknown method. */
function endedByTransport(code: number, details: string): AppError {
  const category = categoryOfGrpcStatus(code);
  return new AppError({ category, reason: category.toUpperCase(), message: details || category });
}

function reasonOf({ code, error }: Outcome): string {
  return error instanceof AppError ? error.reason : code;
}

/** A refusal needs its reason, a fault its whole chain. */
function failureFields(error: unknown, code: number): Record<string, unknown> {
  if (error === undefined) return {};
  if (isServerFault(code) || !(error instanceof AppError)) return { err: error };
  return { reason: error.reason, fault: error.message };
}
