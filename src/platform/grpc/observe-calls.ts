import {
  type Metadata,
  type Server,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  ServerInterceptingCall,
} from "@grpc/grpc-js";
import type { ServiceHost } from "../lifecycle";
import { extractTrace, ROOT_CONTEXT, type Scope, SpanKind, startSpan, withScope } from "../telemetry";
import { MethodSlots, type MethodLabels } from "./method-slots";
import { serverMetrics } from "./metrics";
import { ServerCall } from "./server-call";
import { trackCall, trackUnhandled } from "./tracker";

/** Services whose calls are for machines that look every few seconds: no span, log lines at debug. */
const quietServices = new Set([
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
]);

/** Calls that no handler was found for share one method name: anybody can make up names. */
const unknownMethod: MethodLabels = { grpc_type: "unknown", grpc_service: "unknown", grpc_method: "unknown" };

/** Begins a record for every call a server gets, and sees its end. */
export class CallObserver {
  readonly #host: ServiceHost;
  readonly #slots = new Map<string, { labels: MethodLabels; slots: MethodSlots }>();
  readonly #calls = new WeakMap<Metadata, ServerCall>();

  constructor(host: ServiceHost) {
    this.#host = host;
  }

  /** Makes a method's series, so that they are there before its first call. */
  declare(path: string, kind: string): void {
    const [grpc_service = "", grpc_method = ""] = path.slice(1).split("/");
    const labels = { grpc_type: kind, grpc_service, grpc_method };
    this.#slots.set(path, { labels, slots: new MethodSlots(this.#host.metrics, serverMetrics, labels) });
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
    const { metadata } = call as unknown as { metadata?: Metadata };
    if (metadata === undefined) return this.#observeByInterface(method.path, method, call);
    const record = this.#begin(method.path, method, call, metadata);
    const tracked = trackCall(call, {
      addMessageReceived: () => void (record.messagesIn += 1),
      addMessageSent: () => void (record.messagesOut += 1),
      onStreamEnd: () => undefined,
      onCallEnd: ({ code }) => record.settle(code),
    });
    // Unwrapped, and so typed wider than it is: grpc-js hands its own calls to interceptors and takes them back.
    return tracked ? (call as ServerInterceptingCall) : wrap(call, record);
  };

  /** Counts what grpc-js answers by itself: unknown methods, wrong content types. */
  observeUnhandled(server: Server): void {
    const slots = new MethodSlots(this.#host.metrics, serverMetrics, unknownMethod);
    trackUnhandled(server, (code) => {
      slots.begin();
      slots.end(code, 0, undefined);
      this.#host.log.warn({ rpc_code: code }, "A call that no handler was found for was refused");
    });
  }

  #begin(
    path: string,
    kind: { requestStream: boolean; responseStream: boolean },
    call: ServerInterceptingCallInterface,
    metadata: Metadata,
  ): ServerCall {
    const { labels, slots } = this.#of(path, kind);
    const quiet = quietServices.has(labels.grpc_service);
    const parent = quiet
      ? ROOT_CONTEXT
      : extractTrace({
          traceparent: textOf(metadata, "traceparent"),
          tracestate: textOf(metadata, "tracestate"),
        });
    const deadline = call.getDeadline();
    const deadlineAt = deadline instanceof Date ? deadline.getTime() : deadline;
    const scope: Scope = {
      fields: {},
      credentials: {
        authorization: textOf(metadata, "authorization"),
        apiKey: textOf(metadata, "x-api-key"),
      },
    };
    const { span, context } = startSpan(`${labels.grpc_service}/${labels.grpc_method}`, {
      kind: SpanKind.SERVER,
      parent,
      attributes: {
        "rpc.system": "grpc",
        "rpc.service": labels.grpc_service,
        "rpc.method": labels.grpc_method,
        "network.peer.address": call.getPeer(),
      },
    });
    const observers = {
      slots,
      labels,
      span,
      context: withScope(scope, context),
      scope,
      log: this.#host.log,
      peer: call.getPeer(),
      quiet,
    };
    const record = new ServerCall(observers, metadata);
    record.deadlineAt = deadlineAt;
    scope.signal = record.abort.signal;
    this.#calls.set(metadata, record);
    return record;
  }

  #of(
    path: string,
    kind: { requestStream: boolean; responseStream: boolean },
  ): { labels: MethodLabels; slots: MethodSlots } {
    const known = this.#slots.get(path);
    if (known) return known;
    this.declare(
      path,
      kind.requestStream
        ? kind.responseStream
          ? "bidi_stream"
          : "client_stream"
        : kind.responseStream
          ? "server_stream"
          : "unary",
    );
    return this.#of(path, kind);
  }

  /** For a grpc-js that keeps its metadata elsewhere: the record begins when the metadata arrives. */
  #observeByInterface(
    path: string,
    kind: { requestStream: boolean; responseStream: boolean },
    call: ServerInterceptingCallInterface,
  ): ServerInterceptingCall {
    let record: ServerCall | undefined;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            record = this.#begin(path, kind, call, metadata);
            pass(metadata);
          },
          onReceiveMessage: (message, pass) => {
            if (record) record.messagesIn += 1;
            pass(message);
          },
          onReceiveHalfClose: (pass) => pass(),
          onCancel: () => record?.settle(1),
        }),
      sendMessage: (message, pass) => {
        if (record) record.messagesOut += 1;
        pass(message);
      },
      sendStatus: (status, pass) => {
        record?.settle(status.code);
        pass(status);
      },
    });
  }
}

/** By the public interface alone: 9 of the 11 ways a call can end are told right. */
function wrap(call: ServerInterceptingCallInterface, record: ServerCall): ServerInterceptingCall {
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMetadata: (metadata, pass) => pass(metadata),
        onReceiveMessage: (message, pass) => {
          record.messagesIn += 1;
          pass(message);
        },
        onReceiveHalfClose: (pass) => pass(),
        onCancel: () => record.settle(1),
      }),
    sendMessage: (message, pass) => {
      record.messagesOut += 1;
      pass(message);
    },
    sendStatus: (status, pass) => {
      record.settle(status.code);
      pass(status);
    },
  });
}

function textOf(metadata: Metadata, key: string): string | undefined {
  const [value] = metadata.get(key);
  return typeof value === "string" ? value : undefined;
}
