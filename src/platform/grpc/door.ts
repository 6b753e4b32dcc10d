import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Server } from "@grpc/grpc-js";
import type { ServiceHost } from "../lifecycle";
import { Limiter, type Waiting } from "../overload";
import { type Callers, type Priority, priorityNames } from "./callers";
import { overloadMetrics } from "./metrics";
import type { Arrivals, CallObserver } from "./observe-calls";
import { type Refusal, refusalReasons, Refusals } from "./refusals";
import type { ServerCall } from "./server-call";
import type { GrpcServerConfig } from "./settings";
import type { CallCredentials } from "./types";

/** grpc-js's own reaction to a stream (private, unchanged from 1.11 to 1.14.7); read when the port is bound. */
type StreamHandler = (interceptors: unknown, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
type Handling = { _streamHandler?: StreamHandler };

/** A stream that waits; it is nothing but an HTTP/2 stream yet. */
type Waiter = Waiting & {
  readonly priority: Priority;
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly interceptors: unknown;
};

const timeoutUnits: Readonly<Record<string, number>> = { H: 3.6e6, M: 6e4, S: 1e3, m: 1, u: 1e-3, n: 1e-6 };
/** A refused caller comes back after half a second or so, not all at the same time. */
const shortestRetryMs = 250;
const spreadRetryMs = 750;

/**
 * Stands before grpc-js: looks at a call when all there is of it are its headers, lets it in, lets it wait, or refuses it. So a refusal costs no message, no metadata,
 * no span and no authentication. While there is room and nobody is over the rate it asks nothing at all. Health checks and reflection always pass. Unary calls hold a
 * slot to their end; streams, which may be open for hours, only pass by it.
 */
export class Door implements Arrivals {
  /** Of the call that is being let in after a wait. */
  arrivedAt: number | undefined;
  readonly #callers: Callers;
  readonly #observer: CallObserver;
  readonly #limiter: Limiter<Waiter>;
  readonly #refusals: Refusals;
  readonly #count: (reason: Refusal) => void;
  readonly #waited: (priority: Priority, seconds: number) => void;
  #pass: StreamHandler | undefined;
  /** The slot taken for the call that is being let in; whoever begins its record takes it over. */
  #offered = false;

  constructor(host: ServiceHost, observer: CallObserver, callers: Callers, config: GrpcServerConfig) {
    this.#observer = observer;
    this.#callers = callers;
    this.#refusals = new Refusals(host.log);
    this.#limiter = new Limiter<Waiter>({
      classes: priorityNames.length,
      max: config.maxConcurrentCalls,
      maxQueued: config.maxQueuedCalls,
      maxWaitMs: config.maxQueueWaitMs,
      start: (waiter) => this.#letIn(waiter),
      refuse: (waiter, reason) => this.#refuse(waiter, reason),
    });
    const refused = host.metrics.counter(overloadMetrics.refused);
    const refusedOf = Object.fromEntries(refusalReasons.map((reason) => [reason, refused.child({ reason })]));
    this.#count = (reason) => refusedOf[reason]?.inc();
    const wait = host.metrics.histogram(overloadMetrics.queueWait);
    const waitOf = priorityNames.map((priority) => wait.child({ priority }));
    this.#waited = (priority, seconds) => waitOf[priority]?.observe(seconds);
    const queueLength = host.metrics.gauge(overloadMetrics.queueLength).child({});
    const concurrency = host.metrics.gauge(overloadMetrics.concurrency).child({});
    const limit = host.metrics.gauge(overloadMetrics.concurrencyLimit).child({});
    host.metrics.onCollect(() => {
      queueLength.set(this.#limiter.queued);
      concurrency.set(this.#limiter.running);
      limit.set(this.#limiter.limit);
    });
  }

  /** Takes its place; before the port is bound. False when this grpc-js has none: then there is no bound, and rates are looked at after authentication only. */
  guard(server: Server): boolean {
    const handling = server as unknown as Handling;
    const pass = handling._streamHandler;
    if (typeof pass !== "function") return false;
    const arrive = (interceptors: unknown, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void =>
      this.#arrive(interceptors, stream, headers);
    this.#pass = (interceptors, stream, headers) => pass.call(server as never, interceptors, stream, headers);
    handling._streamHandler = function (_interceptors, stream, headers) {
      arrive(_interceptors, stream, headers);
    };
    return true;
  }

  begun(call: ServerCall): void {
    if (!this.#offered) return;
    if (call.method.labels.grpc_type !== "unary") return;
    this.#offered = false;
    call.holdSlot(this.#limiter);
  }

  #arrive(interceptors: unknown, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    if (isExempt(headers[":path"])) return this.#pass?.(interceptors, stream, headers);
    const now = performance.now();
    const overMs = this.#callers.mayBeOver(now) ? this.#callers.overMs(credentialsOf(headers), now) : 0;
    if (overMs > 0) return this.#refuseNow(stream, headers, "rate", overMs, now);
    if (this.#limiter.tryStart()) return this.#run(interceptors, stream, headers);
    const priority = this.#callers.priorityOf(credentialsOf(headers), now);
    if (this.#limiter.tryStartReserved(priority)) return this.#run(interceptors, stream, headers);
    const until = now + timeoutOf(headers);
    const waiter: Waiter = { priority, since: now, until, stream, headers, interceptors };
    const reason = this.#limiter.offer(waiter);
    if (reason) return this.#refuseNow(stream, headers, reason, retryMs(), now);
    stream.on("error", ignore);
  }

  #letIn({ stream, headers, interceptors, since, until, priority }: Waiter): void {
    const now = performance.now();
    if (stream.destroyed || stream.closed) {
      this.#limiter.release();
      return this.#countEnd(headers, 1, now - since);
    }
    this.#waited(priority, (now - since) / 1000);
    // The caller's clock has run on while it waited.
    if (until !== Number.POSITIVE_INFINITY)
      headers["grpc-timeout"] = `${Math.max(1, Math.floor(until - now))}m`;
    this.arrivedAt = since;
    this.#run(interceptors, stream, headers);
    this.arrivedAt = undefined;
  }

  #run(interceptors: unknown, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    this.#offered = true;
    try {
      this.#pass?.(interceptors, stream, headers);
    } finally {
      // A stream, or a call that grpc-js has answered itself.
      if (this.#offered) this.#limiter.release();
      this.#offered = false;
    }
  }

  #refuse({ stream, headers }: Waiter, reason: Refusal): void {
    this.#refuseNow(stream, headers, reason, retryMs(), performance.now());
  }

  #refuseNow(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    reason: Refusal,
    waitMs: number,
    now: number,
  ): void {
    this.#count(reason);
    stream.on("error", ignore);
    this.#refusals.send(stream, reason, waitMs, now);
    this.#countEnd(headers, 8, 0);
  }

  /** The series that every call is in. */
  #countEnd(headers: IncomingHttpHeaders, code: 1 | 8, waitedMs: number): void {
    const { slots } = this.#observer.methodOf(headers[":path"] ?? "");
    slots.begin();
    slots.end(code, waitedMs === 0 ? refused : { ...refused, seconds: waitedMs / 1000 }, undefined);
  }
}

const refused = {
  code: "ResourceExhausted",
  error: undefined,
  seconds: 0,
  messagesIn: 0,
  messagesOut: 0,
  bytesIn: 0,
  bytesOut: 0,
} as const;

function ignore(): void {}

function isExempt(path: string | undefined): boolean {
  return path === undefined || path.startsWith("/grpc.");
}

function retryMs(): number {
  return shortestRetryMs + Math.random() * spreadRetryMs;
}

function credentialsOf(headers: IncomingHttpHeaders): CallCredentials {
  const { authorization, "x-api-key": apiKey, "x-service-key": serviceKey } = headers;
  return {
    ...(authorization !== undefined && { authorization }),
    ...(typeof apiKey === "string" && { apiKey }),
    ...(typeof serviceKey === "string" && { serviceKey }),
  };
}

/** Milliseconds of the call's deadline; infinite without one, or with one that grpc-js will refuse. */
function timeoutOf({ "grpc-timeout": timeout }: IncomingHttpHeaders): number {
  if (typeof timeout !== "string") return Number.POSITIVE_INFINITY;
  const unit = timeoutUnits[timeout.slice(-1)];
  const amount = Number(timeout.slice(0, -1));
  return unit === undefined || !Number.isFinite(amount) ? Number.POSITIVE_INFINITY : amount * unit;
}
