import { Writable } from "node:stream";
import {
  Client as Channel,
  credentials as channelCredentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { AppError } from "../errors";
import type { ServiceHost } from "../lifecycle";
import { currentScope, injectTrace } from "../telemetry";
import { channelOptions, targetOf } from "./client-options";
import { ClientCall } from "./client-call";
import { type ChannelPool, createChannelPool } from "./channel-pool";
import type { ClientCredentials } from "./credentials";
import { grpcMethod, kindOf, type RpcMethod, type RpcService } from "./definition";
import { MethodSlots } from "./method-slots";
import { clientMetrics } from "./metrics";
import { fromStatus } from "./status-details";
import { writeMessages } from "./streams";
import type { CallOptions, Client } from "./types";

export type ClientOptions = {
  /** `host:port`, one or several: several share the calls by round robin. */
  address: string | readonly string[];
  credentials: ClientCredentials;
  /** Of unary and client-stream calls; 10 s by default. Streams of answers get an hour. Never more than what is left of the running scope. */
  defaultDeadlineMs?: number;
};

/** What is kept of a scope's time for the answer's way back, in milliseconds. */
const marginMs = 50;
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
  const addresses = typeof options.address === "string" ? options.address.split(",") : options.address;
  const target = targetOf(addresses.map((each) => each.trim()));
  const pool = createChannelPool(
    host,
    target,
    () => new Channel(target, channelCredentials.createInsecure(), channelOptions()),
  );
  const methods = Object.entries(service.methods).map(([key, method]) => [
    key,
    createMethod({ host, service, pool, target, options }, method),
  ]);
  return { ...Object.fromEntries(methods), close: async () => pool.close() } as Client<S>;
}

type Binding = {
  host: ServiceHost;
  service: RpcService;
  pool: ChannelPool;
  target: string;
  options: ClientOptions;
};

function createMethod({ host, service, pool, target, options }: Binding, method: RpcMethod): unknown {
  const { path, requestSerialize, responseDeserialize } = grpcMethod(service, method);
  const kind = kindOf(method);
  const labels = { grpc_type: kind, grpc_service: service.fullName, grpc_method: method.name };
  const slots = new MethodSlots(host.metrics, clientMetrics, labels);
  const defaultMs = method.responseStream ? streamDeadlineMs : (options.defaultDeadlineMs ?? 10_000);
  const name = path.slice(1);

  const begin = (given: CallOptions) => {
    const call = new ClientCall(slots, labels, target, host.log);
    const metadata = metadataOf(
      { ...options.credentials(), ...given.metadata, ...injectTrace(call.context) },
      given,
    );
    const deadline = deadlineOf(given.deadlineMs ?? defaultMs);
    return { call, metadata, callOptions: { deadline }, signals: [given.signal, currentScope()?.signal] };
  };
  const settle = (call: ClientCall, error: ServiceError | null): AppError | undefined => {
    const failure = error ? fromStatus(error, name) : undefined;
    call.settle(failure);
    pool.report(failure);
    return failure;
  };

  if (!method.responseStream) {
    return (request: unknown, given: CallOptions = {}) =>
      new Promise<unknown>((resolve, reject) => {
        const { call, metadata, callOptions, signals } = begin(given);
        const done = (error: ServiceError | null, response?: unknown): void => {
          stopListening();
          const failure = settle(call, error);
          if (failure) return reject(failure);
          call.messagesIn = 1;
          resolve(response);
        };
        const channel = pool.channel();
        const abandoned = new AbortController();
        const started = method.requestStream
          ? channel.makeClientStreamRequest(
              path,
              requestSerialize,
              responseDeserialize,
              metadata,
              callOptions,
              (error, response) => {
                abandoned.abort();
                done(error, response);
              },
            )
          : channel.makeUnaryRequest(
              path,
              requestSerialize,
              responseDeserialize,
              request,
              metadata,
              callOptions,
              done,
            );
        const stopListening = cancelWith(signals, () => started.cancel());
        if (!(started instanceof Writable)) {
          call.messagesOut = 1;
          return;
        }
        writeMessages(
          request as AsyncIterable<unknown>,
          started,
          abandoned.signal,
          () => (call.messagesOut += 1),
        ).then(
          () => started.end(),
          (error: unknown) => {
            // The server has answered: what it said counts. Otherwise the source broke, and half a request must not look like a whole one.
            if (abandoned.signal.aborted) return;
            started.cancel();
            reject(error);
          },
        );
      });
  }

  return async function* (request: unknown, given: CallOptions = {}): AsyncGenerator<unknown> {
    const { call, metadata, callOptions, signals } = begin(given);
    const channel = pool.channel();
    const abandoned = new AbortController();
    const started = method.requestStream
      ? channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, callOptions)
      : channel.makeServerStreamRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadata,
          callOptions,
        );
    const stopListening = cancelWith(signals, () => started.cancel());
    let failed: unknown;
    if (started instanceof Writable) {
      writeMessages(
        request as AsyncIterable<unknown>,
        started,
        abandoned.signal,
        () => (call.messagesOut += 1),
      ).then(
        () => started.end(),
        (error: unknown) => {
          if (abandoned.signal.aborted) return;
          failed = error;
          started.cancel();
        },
      );
    } else call.messagesOut = 1;
    try {
      for await (const message of started as AsyncIterable<unknown>) {
        call.messagesIn += 1;
        yield message;
      }
      settle(call, null);
    } catch (error) {
      throw failed ?? settle(call, error as ServiceError) ?? error;
    } finally {
      abandoned.abort();
      stopListening();
      started.cancel();
      // Reached unsettled when the reader stopped early: for the call that is a cancellation.
      call.settle(
        new AppError({
          category: "cancelled",
          reason: "ABANDONED",
          message: `The reader of ${name} stopped early`,
        }),
      );
    }
  };
}

function metadataOf(pairs: Readonly<Record<string, string>>, { idempotencyKey }: CallOptions): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(pairs)) metadata.set(key, value);
  if (idempotencyKey !== undefined) metadata.set("idempotency-key", idempotencyKey);
  return metadata;
}

function deadlineOf(wantedMs: number): number {
  const scopeDeadline = currentScope()?.deadlineAt ?? Number.POSITIVE_INFINITY;
  return Math.min(Date.now() + wantedMs, scopeDeadline - marginMs);
}

function cancelWith(signals: readonly (AbortSignal | undefined)[], cancel: () => void): () => void {
  for (const signal of signals) {
    if (signal?.aborted) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
  }
  return () => {
    for (const signal of signals) signal?.removeEventListener("abort", cancel);
  };
}
