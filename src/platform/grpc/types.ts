import type { Logger } from "../telemetry";
import type { RequestOf, ResponseOf, RpcMethod, RpcService } from "./definition";

/** Who calls. */
export type Principal = {
  role: "customer" | "partner" | "seller" | "operator" | "service" | "anonymous";
  /** Account, partner or service id; empty for anonymous. */
  id: string;
  /** For people and logs. */
  name: string;
};

/** Metadata as plain text pairs; keys in lower case. */
export type PlainMetadata = Readonly<Record<string, string>>;

/** What a handler knows of the call it answers. */
export type CallContext = {
  readonly principal: Principal;
  /** Aborted when the caller cancels, the connection breaks, the deadline passes or the server stops. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds; every call has one. */
  readonly deadlineAt: number;
  readonly metadata: PlainMetadata;
  readonly log: Logger;
  /** `address:port` of the caller. */
  readonly peer: string;
  /** `package.Service/Method`. */
  readonly method: string;
};

/** A handler of a method whose kind is not in its type, as of a service that was loaded without types. */
type LooseHandler = (request: never, call: CallContext) => Promise<unknown> | AsyncIterable<unknown>;

/** A handler of one method, by its kind. It throws `AppError`; anything else that it throws is a bug and answers INTERNAL. */
export type Handler<M extends RpcMethod> = boolean extends M["requestStream"]
  ? LooseHandler
  : M extends { requestStream: true; responseStream: true }
    ? (requests: AsyncIterable<RequestOf<M>>, call: CallContext) => AsyncIterable<ResponseOf<M>>
    : M extends { requestStream: true }
      ? (requests: AsyncIterable<RequestOf<M>>, call: CallContext) => Promise<ResponseOf<M>>
      : M extends { responseStream: true }
        ? (request: RequestOf<M>, call: CallContext) => AsyncIterable<ResponseOf<M>>
        : (request: RequestOf<M>, call: CallContext) => Promise<ResponseOf<M>>;

/** One handler per method, under the method's name in camel case. */
export type Handlers<S extends RpcService> = { readonly [K in keyof S["methods"]]: Handler<S["methods"][K]> };

/** What a call may be given beside its request. */
export type CallOptions = {
  /** Default: the client's, and never more than what is left of the running scope's. */
  deadlineMs?: number;
  signal?: AbortSignal;
  metadata?: PlainMetadata;
  /** Sent as `idempotency-key`. */
  idempotencyKey?: string;
};

/** Its result is to be awaited or to be iterated over: the method's kind says which, and no type does. */
type LooseClientMethod = (
  request: unknown,
  options?: CallOptions,
) => Promise<unknown> & AsyncIterable<unknown>;

type ClientMethod<M extends RpcMethod> = boolean extends M["requestStream"]
  ? LooseClientMethod
  : M extends { requestStream: true; responseStream: true }
    ? (requests: AsyncIterable<RequestOf<M>>, options?: CallOptions) => AsyncIterable<ResponseOf<M>>
    : M extends { requestStream: true }
      ? (requests: AsyncIterable<RequestOf<M>>, options?: CallOptions) => Promise<ResponseOf<M>>
      : M extends { responseStream: true }
        ? (request: RequestOf<M>, options?: CallOptions) => AsyncIterable<ResponseOf<M>>
        : (request: RequestOf<M>, options?: CallOptions) => Promise<ResponseOf<M>>;

/** A client of a service; failures are `AppError`s. Whoever opened it closes it. */
export type Client<S extends RpcService> = {
  readonly [K in keyof S["methods"]]: ClientMethod<S["methods"][K]>;
} & {
  close(): Promise<void>;
};

/** What a call shows of its caller. */
export type CallCredentials = { authorization?: string; apiKey?: string; serviceKey?: string };

/** Finds out who calls. No credentials at all: anonymous. Throws `AppError` unauthenticated for credentials that are no good. */
export type Authenticator = (credentials: CallCredentials) => Promise<Principal>;
