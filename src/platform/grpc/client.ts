import { Client as Channel, credentials as channelCredentials } from "@grpc/grpc-js";
import type { ServiceHost } from "../lifecycle";
import { createChannelPool, type Suspicion } from "./channel-pool";
import { type ClientBinding, ClientMethod } from "./client-method";
import { channelOptions, targetOf } from "./client-options";
import type { ClientCredentials } from "./credentials";
import type { RpcMethod, RpcService } from "./definition";
import { routeGrpcLog } from "./route-log";
import { callForStream } from "./stream-call";
import type { CallOptions, Client } from "./types";
import { callClientStream, callUnary } from "./unary-call";

export type ClientOptions = {
  /** `host:port`, or several IP addresses (a list, or separated by commas), which share the calls by round robin. */
  address: string | readonly string[];
  credentials: ClientCredentials;
  /** Of unary and client-stream calls; 10 s by default. Streams of answers get an hour. Never more than what is left of the running scope. */
  defaultDeadlineMs?: number;
  /** When a channel is replaced: after `calls` (5) in a row that timed out unheard, over at least `ms` (10 s). */
  suspicion?: Suspicion;
  /** How the attempts of a call are seen; `private`, the default, falls back to `public` by itself on a grpc-js without the hook: then each sending counts as one. */
  hooks?: "private" | "public";
};

const streamDeadlineMs = 3_600_000;

/**
 * Opens a client. Calls carry the trace, a deadline and the credentials, are tried again as the service config says, and fail with `AppError`. It
 * connects at its first call; a peer that is down fails calls, not the opening. Whoever opens it closes it.
 */
export async function openClient<S extends RpcService>(
  host: ServiceHost,
  service: S,
  options: ClientOptions,
): Promise<Client<S>> {
  routeGrpcLog(host.log);
  const { address, credentials, defaultDeadlineMs = 10_000, suspicion, hooks } = options;
  const addresses = (typeof address === "string" ? address.split(",") : address).map((each) => each.trim());
  const target = targetOf(addresses);
  const open = () => new Channel(target, channelCredentials.createInsecure(), channelOptions());
  const pool = createChannelPool(host, addresses.join(","), open, { suspicion, hooks });
  const binding: ClientBinding = {
    host,
    service,
    pool,
    address: addresses.join(","),
    credentials,
    unaryDeadlineMs: defaultDeadlineMs,
    streamDeadlineMs,
  };
  const methods = Object.entries(service.methods).map(([key, method]) => [key, bindMethod(binding, method)]);
  return { ...Object.fromEntries(methods), close: async () => pool.close() } as Client<S>;
}

function bindMethod(binding: ClientBinding, method: RpcMethod): unknown {
  const route = new ClientMethod(binding, method);
  if (method.responseStream) {
    return (request: unknown, given: CallOptions = {}) => callForStream(route, request, given);
  }
  return method.requestStream
    ? (requests: AsyncIterable<unknown>, given: CallOptions = {}) => callClientStream(route, requests, given)
    : (request: unknown, given: CallOptions = {}) => callUnary(route, request, given);
}
