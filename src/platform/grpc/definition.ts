import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

/** A message type as ts-proto generates it. */
export type MessageType<T> = {
  encode(message: T): { finish(): Uint8Array };
  decode(input: Uint8Array): T;
};

/** A method of ts-proto's `generic-definitions`. */
export type RpcMethod = {
  readonly name: string;
  // The type parameter differs per method and is inferred from `decode`; `never` accepts every message on the way in.
  readonly requestType: {
    encode(message: never): { finish(): Uint8Array };
    decode(input: Uint8Array): unknown;
  };
  readonly requestStream: boolean;
  readonly responseType: {
    encode(message: never): { finish(): Uint8Array };
    decode(input: Uint8Array): unknown;
  };
  readonly responseStream: boolean;
};

/** A service of ts-proto's `generic-definitions`, for example `ShopServiceDefinition`. */
export type RpcService = {
  readonly name: string;
  readonly fullName: string;
  readonly methods: Readonly<Record<string, RpcMethod>>;
};

export type RequestOf<M extends RpcMethod> = M["requestType"] extends { decode(input: Uint8Array): infer T }
  ? T
  : never;
export type ResponseOf<M extends RpcMethod> = M["responseType"] extends { decode(input: Uint8Array): infer T }
  ? T
  : never;

export type MethodKind = "unary" | "client_stream" | "server_stream" | "bidi_stream";

/** The kind of a method, as go-grpc-middleware's label `grpc_type` writes it. */
export function kindOf({
  requestStream,
  responseStream,
}: {
  requestStream: boolean;
  responseStream: boolean;
}): MethodKind {
  if (requestStream) return responseStream ? "bidi_stream" : "client_stream";
  return responseStream ? "server_stream" : "unary";
}

export function pathOf(service: RpcService, method: RpcMethod): string {
  return `/${service.fullName}/${method.name}`;
}

/** What grpc-js wants of a method. Received messages come with the bytes they were decoded from, for validation. */
export function grpcMethod(service: RpcService, method: RpcMethod): MethodDefinition<unknown, unknown> {
  return {
    path: pathOf(service, method),
    requestStream: method.requestStream,
    responseStream: method.responseStream,
    requestSerialize: (message) => toBuffer(method.requestType, message),
    requestDeserialize: (bytes) => method.requestType.decode(bytes),
    responseSerialize: (message) => toBuffer(method.responseType, message),
    responseDeserialize: (bytes) => method.responseType.decode(bytes),
    originalName: method.name,
  };
}

export function grpcService(service: RpcService): ServiceDefinition {
  return Object.fromEntries(
    Object.values(service.methods).map((method) => [method.name, grpcMethod(service, method)]),
  );
}

function toBuffer(type: RpcMethod["requestType"], message: unknown): Buffer {
  const bytes = type.encode(message as never).finish();
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
