import {
  Metadata,
  type Server,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from "@grpc/grpc-js";
import type { ServiceHost } from "../lifecycle";
import { extractTrace, ROOT_CONTEXT, type Scope, SpanKind, startSpan, trace, withScope } from "../telemetry";
import { kindOf } from "./definition";
import { type MethodLabels, MethodSlots } from "./method-slots";
import { serverMetrics } from "./metrics";
import { observeByInterface } from "./public-hooks";
import { type CallObservers, ServerCall } from "./server-call";
import { trackCall, trackUnhandled } from "./tracker";

/** Services whose calls are for machines that look every few seconds: no span, log lines at debug. */
const quietServices = new Set([
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
]);

/** Calls that no handler was found for share one method name: anybody can make up names. */
const unknownMethod: MethodLabels = { grpc_type: "unknown", grpc_service: "unknown", grpc_method: "unknown" };

const noSpan = trace.wrapSpanContext({
  traceId: "00000000000000000000000000000000",
  spanId: "0000000000000000",
  traceFlags: 0,
});

type Observed = { labels: MethodLabels; slots: MethodSlots };

/** What is known of a call before its metadata. */
type Kind = { requestStream: boolean; responseStream: boolean };

/** Begins a record for every call a server gets, and sees its end. */
export class CallObserver {
  /** Calls that have not ended. */
  readonly open = new Set<ServerCall>();
  readonly #host: ServiceHost;
  readonly #hooks: "private" | "public";
  readonly #observed = new Map<string, Observed>();
  readonly #calls = new WeakMap<Metadata, ServerCall>();

  /** `private`: grpc-js's tracker, where it has one. `public`: its documented interface only, which is what it falls back to. */
  constructor(host: ServiceHost, hooks: "private" | "public" = "private") {
    this.#host = host;
    this.#hooks = hooks;
  }

  /** Makes a method's series, so that they are there before its first call. */
  declare(path: string, kind: Kind): Observed {
    const known = this.#observed.get(path);
    if (known) return known;
    const [grpc_service = "", grpc_method = ""] = path.slice(1).split("/");
    const labels = { grpc_type: kindOf(kind), grpc_service, grpc_method };
    const observed = { labels, slots: new MethodSlots(this.#host.metrics, serverMetrics, labels) };
    this.#observed.set(path, observed);
    return observed;
  }

  /** The record of the call with this metadata. */
  callOf(metadata: Metadata): ServerCall {
    const call = this.#calls.get(metadata);
    if (!call)
      throw new Error(
        "A call reached its handler without its interceptor; was the server built by createServer?",
      );
    return call;
  }

  readonly interceptor: ServerInterceptor = (method, call) => {
    const begin = (metadata: Metadata) => this.#begin(this.declare(method.path, method), call, metadata);
    const { metadata } = call as unknown as { metadata?: Metadata };
    if (this.#hooks === "public" || metadata === undefined) return observeByInterface(call, begin);
    const record = begin(metadata);
    const tracked = trackCall(call, {
      addMessageReceived: () => void (record.messagesIn += 1),
      addMessageSent: () => void (record.messagesOut += 1),
      onStreamEnd: () => undefined,
      onCallEnd: ({ code, details }) => record.settle(code, details),
    });
    // Unwrapped, and so typed wider than it is: grpc-js hands its own calls to interceptors and takes them back.
    return tracked ? (call as ServerInterceptingCall) : observeByInterface(call, () => record);
  };

  /** Counts what grpc-js answers before it looks for interceptors: calls of unknown methods. */
  observeUnhandled(server: Server): void {
    if (this.#hooks === "public") return;
    const slots = new MethodSlots(this.#host.metrics, serverMetrics, unknownMethod);
    const observed = { labels: unknownMethod, slots };
    trackUnhandled(server, ({ code, details }, peer) => {
      const record = new ServerCall(this.#observersOf(observed, peer, {}), new Metadata());
      record.settle(code, details.slice(0, 200));
    });
  }

  #begin(observed: Observed, call: ServerInterceptingCallInterface, metadata: Metadata): ServerCall {
    const text = (key: string): string | undefined => {
      const [value] = metadata.get(key);
      return typeof value === "string" ? value : undefined;
    };
    const observers = this.#observersOf(observed, call.getPeer(), {
      traceparent: text("traceparent"),
      tracestate: text("tracestate"),
    });
    observers.scope.credentials = { authorization: text("authorization"), apiKey: text("x-api-key") };
    const record = new ServerCall(observers, metadata);
    const deadline = call.getDeadline();
    record.deadlineAt = deadline instanceof Date ? deadline.getTime() : deadline;
    observers.scope.signal = record.abort.signal;
    this.#calls.set(metadata, record);
    return record;
  }

  #observersOf(
    { labels, slots }: Observed,
    peer: string,
    headers: { traceparent?: string | undefined; tracestate?: string | undefined },
  ): CallObservers {
    const quiet = quietServices.has(labels.grpc_service);
    const scope: Scope = { fields: {} };
    const { span, context } = quiet
      ? { span: noSpan, context: ROOT_CONTEXT }
      : startSpan(`${labels.grpc_service}/${labels.grpc_method}`, {
          kind: SpanKind.SERVER,
          parent: extractTrace(headers),
          attributes: {
            "rpc.system": "grpc",
            "rpc.system.name": "grpc",
            "rpc.service": labels.grpc_service,
            "rpc.method": labels.grpc_method,
            "network.peer.address": peer,
          },
        });
    return {
      open: this.open,
      slots,
      labels,
      span,
      context: withScope(scope, context),
      scope,
      log: this.#host.log,
      peer,
      quiet,
    };
  }
}
