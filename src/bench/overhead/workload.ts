import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import {
  BenchServiceDefinition,
  GetRequest,
  type GetResponse,
  type Item,
  ListRequest,
  type ListResponse,
  WatchRequest,
  type WatchResponse,
} from "./gen/bench";

/** What is measured: a 100-byte unary call, a 10 KB answer, a stream of 1,000 messages. */
export const workloads = {
  unary: { calls: 4_000, concurrency: 50, messages: 1 },
  list: { calls: 2_000, concurrency: 50, messages: 1 },
  stream: { calls: 40, concurrency: 4, messages: 1_000 },
} as const;
export type Workload = keyof typeof workloads;

const item: Item = {
  id: "0191e3c2-7d4e-7b61-9f3a-5c0d6e8f1a2b",
  name: "Bracket, left, PA12, 2 mm, with two holes",
  quantity: 12,
  priceMinor: 1_234_500n,
};
/** 113 such items encode to about 10 KB. */
const page: ListResponse = { items: Array.from({ length: 113 }, () => item) };

/** What all servers answer; the handlers do nothing else, so that what is measured is the call. */
export const answers = {
  get: ({ item }: GetRequest): GetResponse => ({ item }),
  list: (_request: ListRequest): ListResponse => page,
  *watch({ count }: WatchRequest): Generator<WatchResponse> {
    for (let sent = 0; sent < count; sent++) yield { item };
  },
};

type Coded<T> = { encode(message: T): { finish(): Uint8Array }; decode(bytes: Uint8Array): T };

/** The service as ts-proto's `grpc-js` output writes it: encode and decode are handed to grpc-js. */
export function grpcJsService(): ServiceDefinition {
  const methods: Record<string, MethodDefinition<unknown, unknown>> = {};
  for (const [key, method] of Object.entries(BenchServiceDefinition.methods)) {
    const requestType = method.requestType as Coded<unknown>;
    const responseType = method.responseType as Coded<unknown>;
    methods[key] = {
      path: `/${BenchServiceDefinition.fullName}/${method.name}`,
      requestStream: method.requestStream,
      responseStream: method.responseStream,
      requestSerialize: (message) => Buffer.from(requestType.encode(message).finish()),
      requestDeserialize: (bytes) => requestType.decode(bytes),
      responseSerialize: (message) => Buffer.from(responseType.encode(message).finish()),
      responseDeserialize: (bytes) => responseType.decode(bytes),
    };
  }
  return methods;
}

/** The request of a workload. */
export const messages = {
  unary: { item } satisfies GetRequest,
  list: { pageSize: 113 } satisfies ListRequest,
  stream: { count: workloads.stream.messages } satisfies WatchRequest,
};

/** A workload's method, by its key in the service. */
export function keyOf(workload: Workload): "get" | "list" | "watch" {
  return workload === "unary" ? "get" : workload === "list" ? "list" : "watch";
}

/** The same as bytes: the load does not pay for encoding. */
export const requests: Readonly<Record<Workload, { path: string; bytes: Buffer }>> = {
  unary: { path: "Get", bytes: Buffer.from(GetRequest.encode(messages.unary).finish()) },
  list: { path: "List", bytes: Buffer.from(ListRequest.encode(messages.list).finish()) },
  stream: { path: "Watch", bytes: Buffer.from(WatchRequest.encode(messages.stream).finish()) },
};
