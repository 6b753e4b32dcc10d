import type { MethodDefinition } from "@grpc/grpc-js";

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

/** A service of ts-proto's `generic-definitions`, for example `ShopServiceDefinition`, or what `fromProtoLoader` gives. */
export type RpcService = {
  readonly name: string;
  readonly fullName: string;
  readonly methods: Readonly<Record<string, RpcMethod>>;
  /** A serialized google.protobuf.FileDescriptorSet that describes it, for reflection; used where the server was not given one that does. */
  readonly descriptors?: Uint8Array | undefined;
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

/**
 * What grpc-js is told of a method: bytes in, bytes out. Messages are read and written in our own adapters, which so know their size, check their rules on
 * the same bytes, and name what is malformed.
 */
export function wireMethod(path: string, method: RpcMethod): MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: method.requestStream,
    responseStream: method.responseStream,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
    originalName: method.name,
  };
}

export const asItIs = (bytes: Buffer): Buffer => bytes;

export function encodeMessage(type: RpcMethod["requestType"], message: unknown): Buffer {
  const bytes = type.encode(message as never).finish();
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
