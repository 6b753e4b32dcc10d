import { Client as Channel } from "@grpc/grpc-js";
import type { ServiceHost } from "../lifecycle";
import { createChannelPool } from "./channel-pool";
import { type ClientBinding, ClientMethod } from "./client-method";
import { type ClientOptions, settleClientOptions, targetOf } from "./client-options";
import type { RpcService } from "./definition";
import { routeGrpcLog } from "./route-log";
import { clientCredentials } from "./tls-credentials";
import { callForStream } from "./stream-call";
import type { CallOptions, Client } from "./types";
import { callClientStream, callUnary } from "./unary-call";

export type { ClientOptions } from "./client-options";

/**
 * Opens a client. Calls carry the trace, a deadline and the credentials, are tried again as the service config says, and fail with `AppError`. It
 * connects at its first call; a peer that is down fails calls, not the opening. Throws for options that cannot be. Whoever opens it closes it.
 */
export async function openClient<S extends RpcService>(
  host: ServiceHost,
  service: S,
  options: ClientOptions<NoInfer<S>>,
): Promise<Client<S>> {
  routeGrpcLog(host.log);
  const { address, credentials, methods = {}, retry = {} } = options as ClientOptions;
  const settings = settleClientOptions(service, options);
  const addresses = (typeof address === "string" ? address.split(",") : address).map((each) => each.trim());
  const target = targetOf(addresses);
  const transport = clientCredentials(host, options.tls);
  const open = () => new Channel(target, transport, settings.channel);
  const pool = createChannelPool(host, addresses.join(","), open, options);
  const binding: ClientBinding = {
    host,
    service,
    pool,
    address: addresses.join(","),
    credentials,
    settings,
    retry,
  };
  const bound = Object.entries(service.methods).map(([key, method]) => [
    key,
    bindMethod(new ClientMethod(binding, method, methods[key])),
  ]);
  return { ...Object.fromEntries(bound), close: async () => pool.close() } as Client<S>;
}

function bindMethod(route: ClientMethod): unknown {
  const { method } = route;
  if (method.responseStream) {
    return (request: unknown, given: CallOptions = {}) => callForStream(route, request, given);
  }
  return method.requestStream
    ? (requests: AsyncIterable<unknown>, given: CallOptions = {}) => callClientStream(route, requests, given)
    : (request: unknown, given: CallOptions = {}) => callUnary(route, request, given);
}
