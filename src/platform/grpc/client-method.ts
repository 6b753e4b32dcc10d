import { setMaxListeners } from "node:events";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { AppError, categories, toAppError } from "../errors";
import type { ServiceHost } from "../lifecycle";
import { currentScope, injectTrace } from "../telemetry";
import { AttemptSlots, CallAttempts } from "./attempts";
import type { ChannelPool } from "./channel-pool";
import { ClientCall, type ObservedClientMethod } from "./client-call";
import type { ClientSettings } from "./client-options";
import type { ClientCredentials } from "./credentials";
import { encodeMessage, kindOf, pathOf, type RpcMethod, type RpcService } from "./definition";
import { type MethodPolicy, needsIdempotencyKey, type RetryPolicy } from "./hedging";
import { MethodSlots } from "./method-slots";
import { clientMetrics } from "./metrics";
import { fromStatus } from "./status-details";
import type { CallOptions, PlainMetadata } from "./types";

export type ClientBinding = {
  host: ServiceHost;
  service: RpcService;
  pool: ChannelPool;
  address: string;
  credentials: ClientCredentials;
  settings: ClientSettings;
  retry: RetryPolicy | false;
};

/** Signals that may have any number of listeners. */
const unbounded = new WeakSet<AbortSignal>();

/** One method of a client: what its calls share. */
export class ClientMethod {
  readonly path: string;
  readonly pool: ChannelPool;
  readonly method: RpcMethod;
  readonly pushback: ClientSettings["pushback"];
  readonly #binding: ClientBinding;
  readonly #observed: ObservedClientMethod;
  readonly #attempts: AttemptSlots;
  readonly #deadlineMs: number;
  readonly #longestMs: number;
  readonly #hedged: boolean;
  readonly #needsKey: boolean;

  constructor(binding: ClientBinding, method: RpcMethod, policy: MethodPolicy = {}) {
    const { service, host, pool, settings } = binding;
    this.path = pathOf(service, method);
    this.pool = pool;
    this.method = method;
    this.#binding = binding;
    const labels = { grpc_type: kindOf(method), grpc_service: service.fullName, grpc_method: method.name };
    this.#observed = {
      name: this.name,
      slots: new MethodSlots(host.metrics, clientMetrics, labels),
      attributes: {
        "rpc.system": "grpc",
        "rpc.system.name": "grpc",
        "rpc.service": labels.grpc_service,
        "rpc.method": labels.grpc_method,
        "server.address": binding.address,
      },
    };
    const { unaryDeadlineMs, streamDeadlineMs } = settings;
    this.#deadlineMs = policy.timeoutMs ?? (method.responseStream ? streamDeadlineMs : unaryDeadlineMs);
    this.#longestMs = policy.timeoutMs ?? Number.POSITIVE_INFINITY;
    this.#hedged = policy.hedging !== undefined;
    this.#needsKey = needsIdempotencyKey(method, policy, binding.retry);
    // What a hedged call does with a refusal is said by its policy.
    this.pushback = this.#hedged ? { maxAttempts: 1, longestMs: 0 } : settings.pushback;
    this.#attempts = new AttemptSlots(host.metrics, labels);
  }

  get name(): string {
    return this.path.slice(1);
  }

  /**
   * Starts the record of a call in the running scope; every call has a deadline, never later than the scope's less a margin. Throws `AppError` for a call that may be
   * handled twice and has no idempotency key.
   */
  begin(given: CallOptions): OutgoingCall {
    const { host, credentials, settings } = this.#binding;
    const call = new ClientCall(this.#observed, host.log);
    const attempts = new CallAttempts(this.#attempts, call, this.#hedged, this.pool.seesAttempts);
    const metadata = new Metadata(attempts);
    setAll(metadata, credentials());
    if (given.metadata) setAll(metadata, given.metadata);
    setAll(metadata, injectTrace(call.context));
    if (given.idempotencyKey !== undefined) metadata.set("idempotency-key", given.idempotencyKey);
    const scope = currentScope();
    const wantedMs = Math.min(given.deadlineMs ?? this.#deadlineMs, this.#longestMs);
    const scopeDeadline = scope?.deadlineAt ?? Number.POSITIVE_INFINITY;
    const deadline = Math.min(Date.now() + wantedMs, scopeDeadline - settings.marginMs);
    const outgoing = new OutgoingCall(this, call, attempts, metadata, deadline, [
      given.signal,
      scope?.signal,
    ]);
    if (this.#needsKey && given.idempotencyKey === undefined) throw outgoing.fail(keyless(this.name));
    return outgoing;
  }
}

/** One call on its way: its record, its bytes and what can end it early. */
export class OutgoingCall {
  readonly metadata: Metadata;
  readonly deadline: number;
  /** True once the peer has said anything. */
  heard = false;
  /** Why a message could not be written, if one could not. */
  unwritable: AppError | undefined;
  readonly #route: ClientMethod;
  readonly #call: ClientCall;
  readonly #attempts: CallAttempts;
  readonly #signals: readonly (AbortSignal | undefined)[];
  #ended = false;
  #cancel: () => void = () => undefined;
  readonly #onAbort = (): void => this.#cancel();

  constructor(
    route: ClientMethod,
    call: ClientCall,
    attempts: CallAttempts,
    metadata: Metadata,
    deadline: number,
    signals: readonly (AbortSignal | undefined)[],
  ) {
    this.#route = route;
    this.#call = call;
    this.#attempts = attempts;
    this.metadata = metadata;
    this.deadline = deadline;
    this.#signals = signals;
    for (const signal of signals) {
      if (!signal) continue;
      // As many calls as one likes may share a signal; Node takes more than ten for a leak.
      // Which ones have no bound is remembered here: Node 20's getMaxListeners throws for a signal whose bound is 0.
      if (!unbounded.has(signal)) {
        setMaxListeners(0, signal);
        unbounded.add(signal);
      }
      signal.addEventListener("abort", this.#onAbort, { once: true });
    }
  }

  /** Says how to cancel what is under way now; done at once when a signal has aborted already. */
  cancelBy(cancel: () => void): void {
    this.#cancel = cancel;
    if (this.#signals.some((signal) => signal?.aborted)) cancel();
  }

  /** To be said before each sending to grpc-js; with the status that a sending before it had. */
  sending(afterCode?: number): void {
    this.#attempts.sending(afterCode);
  }

  cancel(): void {
    this.#cancel();
  }

  /** A request's bytes. Throws AppError for what is no such message. */
  write(message: unknown): Buffer {
    try {
      const bytes = encodeMessage(this.#route.method.requestType, message);
      this.#call.messagesOut += 1;
      this.#call.bytesOut += bytes.length;
      return bytes;
    } catch (cause) {
      this.unwritable = new AppError({
        category: "internal",
        reason: "UNWRITABLE_REQUEST",
        message: `What ${this.#route.name} was called with is not its message`,
        cause,
      });
      throw this.unwritable;
    }
  }

  read(bytes: Buffer): unknown {
    this.heard = true;
    this.#call.messagesIn += 1;
    this.#call.bytesIn += bytes.length;
    try {
      return this.#route.method.responseType.decode(bytes);
    } catch (cause) {
      throw new AppError({
        category: "internal",
        reason: "MALFORMED_RESPONSE",
        message: `${this.#route.name} answered something that is not its message`,
        cause,
      });
    }
  }

  /** True once the record has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  succeed(): void {
    this.#end();
    this.#route.pool.report("answered");
  }

  /** Ends the record with what the peer, grpc-js or our own code says; returns it as an AppError. */
  fail(error: ServiceError | AppError): AppError {
    if (error instanceof AppError) return this.#end(error);
    if (!(error.metadata instanceof Metadata)) return this.#end(toAppError(error));
    if (error.code !== status.CANCELLED)
      this.#route.pool.report(this.#isSilent(error) ? "silent" : "answered");
    return this.#end(fromStatus(error, this.#route.name));
  }

  #isSilent({ code, metadata }: ServiceError): boolean {
    return code === status.DEADLINE_EXCEEDED && !this.heard && Object.keys(metadata.getMap()).length === 0;
  }

  #end<E extends AppError | undefined>(failure?: E): E {
    this.#ended = true;
    for (const signal of this.#signals) signal?.removeEventListener("abort", this.#onAbort);
    this.#attempts.settled(failure ? categories[failure.category].grpcStatus : status.OK);
    this.#call.settle(failure);
    return failure as E;
  }
}

function setAll(metadata: Metadata, pairs: PlainMetadata): void {
  for (const key in pairs) metadata.set(key, pairs[key] as string);
}

function keyless(name: string): AppError {
  return new AppError({
    category: "internal",
    reason: "NO_IDEMPOTENCY_KEY",
    message: `${name} may be sent more than once and is not idempotent: call it with an idempotencyKey`,
  });
}
