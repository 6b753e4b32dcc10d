import {
  Metadata,
  type Server,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from "@grpc/grpc-js";
import type { ServiceHost } from "../lifecycle";
import { ObservedMethod } from "./observed-method";
import { observeByInterface } from "./public-hooks";
import { ServerCall } from "./server-call";
import { type CallSignals, settleSignals } from "./signals";
import { trackCall, trackUnhandled } from "./tracker";

/** Where a call's record is found by its handler: both are given the same metadata. A property, for a WeakMap's entries cost more. */
const recordKey = Symbol("alexandrite.call");
type Recorded = Metadata & { [recordKey]?: ServerCall };

/** What the calls of one server share. */
export type CallSink = Required<CallSignals> & {
  host: ServiceHost;
  /** Calls that have not ended; a call adds and removes itself. */
  open: Set<ServerCall>;
};

/** Who lets calls in, before there is a record of them. */
export type Arrivals = {
  /** When the call came that is being begun, if it had to wait; `performance.now()`. */
  readonly arrivedAt: number | undefined;
  /** Told of each record as it is made. */
  begun(call: ServerCall): void;
};

/** Begins a record for every call a server gets, and sees its end. */
export class CallObserver {
  readonly #sink: CallSink;
  readonly #hooks: "private" | "public";
  readonly #methods = new Map<string, ObservedMethod>();
  /** Calls of methods that nobody has; they share one name, for anybody can make up names. */
  readonly #unknown: ObservedMethod;
  #arrivals: Arrivals | undefined;

  /** `private`: grpc-js's tracker, where it has one. `public`: its documented interface only, which is what it falls back to. */
  constructor(host: ServiceHost, hooks: "private" | "public" = "private", signals: CallSignals = {}) {
    this.#sink = { ...settleSignals(signals), host, open: new Set() };
    this.#hooks = hooks;
    this.#unknown = new ObservedMethod(host.metrics, "unknown", "unknown", "unknown");
  }

  /** From now on `arrivals` says when each call came, and gets to know its record. */
  followArrivals(arrivals: Arrivals): void {
    this.#arrivals = arrivals;
  }

  /** What calls of a path are counted under. */
  methodOf(path: string): ObservedMethod {
    return this.#methods.get(path) ?? this.#unknown;
  }

  /** Calls that have not ended. */
  get open(): ReadonlySet<ServerCall> {
    return this.#sink.open;
  }

  /** Makes a method's series, so that they are there before its first call. */
  declare(path: string, kind: { requestStream: boolean; responseStream: boolean }): ObservedMethod {
    const known = this.#methods.get(path);
    if (known) return known;
    const method = ObservedMethod.ofPath(this.#sink.host.metrics, path, kind);
    this.#methods.set(path, method);
    return method;
  }

  /** The record of the call with this metadata. */
  callOf(metadata: Metadata): ServerCall {
    const call = (metadata as Recorded)[recordKey];
    if (!call)
      throw new Error(
        "A call reached its handler without its interceptor; was the server built by createServer?",
      );
    return call;
  }

  readonly interceptor: ServerInterceptor = (definition, call) => {
    const method = this.#methods.get(definition.path) ?? this.declare(definition.path, definition);
    const { metadata } = call as unknown as { metadata?: Metadata };
    if (this.#hooks === "public" || metadata === undefined) {
      return observeByInterface(call, (received) => this.#begin(method, call, received));
    }
    const record = this.#begin(method, call, metadata);
    // Unwrapped, and so typed wider than it is: grpc-js hands its own calls to interceptors and takes them back.
    return trackCall(call, record)
      ? (call as ServerInterceptingCall)
      : observeByInterface(call, () => record);
  };

  /** Counts what grpc-js answers before it looks for interceptors: calls of unknown methods. */
  observeUnhandled(server: Server): void {
    if (this.#hooks === "public") return;
    trackUnhandled(server, ({ code, details }, peer) => {
      const record = new ServerCall(this.#sink, this.#unknown, new Metadata(), { getPeer: () => peer });
      record.settle(code, details.slice(0, 200));
    });
  }

  #begin(method: ObservedMethod, call: ServerInterceptingCallInterface, metadata: Metadata): ServerCall {
    const record = new ServerCall(this.#sink, method, metadata, call, this.#arrivals?.arrivedAt);
    this.#arrivals?.begun(record);
    const deadline = call.getDeadline();
    record.deadlineAt = typeof deadline === "number" ? deadline : deadline.getTime();
    (metadata as Recorded)[recordKey] = record;
    return record;
  }
}
