import type { Scope } from "../telemetry";
import type { Ended } from "./errors";

/** Beyond it a timer of Node fires at once. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * The bounds of everything that a database's callers wait for. One timer for all of them: a timer per statement, and the controller to end it, cost
 * more than the rest of the observation.
 */
export class Limits {
  readonly #open = new Set<Limit>();
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  /** Starts to watch the scope's deadline and signal. The caller must `close` it. */
  open(scope: Scope | undefined): Limit {
    const limit = new Limit(this, scope);
    this.#open.add(limit);
    return limit;
  }

  arm(dueAt: number): void {
    if (dueAt >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = dueAt;
    const delayMs = Math.min(Math.max(0, dueAt - Date.now()), maxTimerMs);
    // Whoever waits holds a socket open, so the process does not end before.
    this.#timer = setTimeout(() => this.#sweep(), delayMs).unref();
  }

  forget(limit: Limit): void {
    this.#open.delete(limit);
  }

  /** The timer is not touched when a statement ends: it fires once too often, and finds the next bound. */
  #sweep(): void {
    this.#armedFor = Infinity;
    const now = Date.now();
    let next = Infinity;
    for (const limit of this.#open) {
      if (limit.dueAt <= now) limit.end("deadline");
      else if (limit.dueAt < next) next = limit.dueAt;
    }
    if (next < Infinity) this.arm(next);
  }

  /** Nobody waits any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Infinity;
  }
}

/** The bound of one wait after another: for a connection, then for an answer. */
export class Limit {
  /** Why we ended it ourselves; undefined as long as we did not. */
  ended: Ended | undefined;
  /** Epoch milliseconds. */
  dueAt = Infinity;
  readonly #limits: Limits;
  readonly #scope: Scope | undefined;
  #onEnd: ((why: Ended) => void) | undefined;
  #onAbort: (() => void) | undefined;

  constructor(limits: Limits, scope: Scope | undefined) {
    this.#limits = limits;
    this.#scope = scope;
    const signal = scope?.signal;
    if (signal) {
      this.#onAbort = () => this.end("cancelled");
      signal.addEventListener("abort", this.#onAbort, { once: true });
    }
  }

  /** Why there is no use in starting: the signal was aborted, or the deadline has passed. */
  passed(): Ended | undefined {
    const scope = this.#scope;
    if (scope === undefined) return undefined;
    if (scope.signal?.aborted) return "cancelled";
    return scope.deadlineAt !== undefined && scope.deadlineAt <= Date.now() ? "deadline" : undefined;
  }

  /** Calls `onEnd` once, at the scope's deadline, after `timeoutMs`, or when the signal aborts; it replaces an earlier wait's. */
  watch(timeoutMs: number, onEnd: (why: Ended) => void): void {
    this.#onEnd = onEnd;
    this.dueAt = Math.min(this.#scope?.deadlineAt ?? Infinity, Date.now() + timeoutMs);
    this.#limits.arm(this.dueAt);
  }

  /** The wait is over, another may follow. */
  rest(): void {
    this.#onEnd = undefined;
    this.dueAt = Infinity;
  }

  end(why: Ended): void {
    const onEnd = this.#onEnd;
    if (onEnd === undefined) return;
    this.rest();
    this.ended = why;
    onEnd(why);
  }

  close(): void {
    this.rest();
    this.#limits.forget(this);
    if (this.#onAbort) this.#scope?.signal?.removeEventListener("abort", this.#onAbort);
  }
}
