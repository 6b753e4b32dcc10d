import { isIPv4, isIPv6 } from "node:net";
import type { ChannelOptions } from "@grpc/grpc-js";
import type { ChannelPoolOptions } from "./channel-pool";
import { wholeNumber } from "./check-option";
import type { ClientCredentials } from "./credentials";
import type { RpcService } from "./definition";
import { type RetryOptions, serviceConfigOf } from "./hedging";
import type { GrpcClientTls } from "./tls-settings";

/** Pings that find a dead connection (gRFC A8). */
export type Keepalive = {
  /** Milliseconds without a frame before a ping; 20,000. Servers of other makers may answer pings more often than every 5 minutes with GOAWAY (gRFC A8, "too_many_pings"). */
  timeMs?: number;
  /** Milliseconds that its answer may take before the connection is given up; 5,000 (gRFC A8 has 20,000). */
  timeoutMs?: number;
  /** Also while no call is open, so that the next call does not meet a dead connection; true (gRFC A8 has false). */
  withoutCalls?: boolean;
};

/** Waits between attempts to connect (grpc/grpc, `doc/connection-backoff.md`), which grow by 1.6. */
export type Reconnect = {
  /** Milliseconds; 100 (the document has 1,000), for processes here come back fast. */
  initialMs?: number;
  /** Milliseconds; 2,000 (the document has 120,000). */
  maxMs?: number;
};

/** Sending again what a server refused with RESOURCE_EXHAUSTED and `grpc-retry-pushback-ms` (gRFC A6, "pushback"): calls of one request that nothing was heard of, but hedged ones. */
export type Pushback = {
  /** The first attempt included; 5, as many as gRFC A6 has. */
  maxAttempts?: number;
  /** Milliseconds; 2,000. A longer wait is the caller's, by `AppError.retryAfterMs`, and so is one that does not fit the deadline. */
  longestMs?: number;
};

/** How a client is opened. All but the first two have defaults. Numbers out of their bounds make `openClient` throw, with what they may be. */
export type ClientOptions<S extends RpcService = RpcService> = RetryOptions<keyof S["methods"] & string> &
  ChannelPoolOptions & {
    /** `host:port`, or several IP addresses (a list, or separated by commas), which share the calls by round robin. */
    address: string | readonly string[];
    credentials: ClientCredentials;
    /** Plain text unless it names an authority. `serverName`: the name that the server's certificate must have, in the place of the address's. */
    tls?: (GrpcClientTls & { serverName?: string }) | undefined;
    /** Milliseconds that unary and client-stream calls take at most; 10,000. Never more than what is left of the running scope. */
    defaultDeadlineMs?: number | undefined;
    /** The same for streams of answers; 3,600,000. */
    streamDeadlineMs?: number | undefined;
    /** Milliseconds of the scope's time that a call leaves for the answer's way back; 50. */
    marginMs?: number | undefined;
    /** `false`: a refusal is the caller's at once. */
    pushback?: Pushback | false | undefined;
    keepalive?: Keepalive | false | undefined;
    reconnect?: Reconnect | undefined;
    /** Bytes of an answer, 1,048,576 (grpc-js has 4 MiB). A longer one fails the call with RESOURCE_EXHAUSTED. */
    maxReceiveBytes?: number | undefined;
    /** Bytes of a request, 1,048,576 (grpc-js has no bound); the same. What is kept for a retry has this bound too. */
    maxSendBytes?: number | undefined;
    /** Whatever else grpc-js knows; it wins over all of the above. */
    channel?: ChannelOptions | undefined;
  };

/** The options with their defaults, checked. */
export type ClientSettings = {
  unaryDeadlineMs: number;
  streamDeadlineMs: number;
  marginMs: number;
  pushback: Required<Pushback>;
  channel: ChannelOptions;
};

/** Checks the options and fills in the defaults. Throws for what is out of bounds. */
export function settleClientOptions(service: RpcService, options: ClientOptions): ClientSettings {
  const { pushback = {} } = options;
  for (const [key, policy] of Object.entries(options.methods ?? {}))
    wholeNumber(`methods.${key}.timeoutMs`, policy?.timeoutMs, 1, { least: 1 });
  return {
    unaryDeadlineMs: wholeNumber("defaultDeadlineMs", options.defaultDeadlineMs, 10_000, { least: 1 }),
    streamDeadlineMs: wholeNumber("streamDeadlineMs", options.streamDeadlineMs, 3_600_000, { least: 1 }),
    marginMs: wholeNumber("marginMs", options.marginMs, 50, { least: 0 }),
    pushback: pushback
      ? {
          maxAttempts: wholeNumber("pushback.maxAttempts", pushback.maxAttempts, 5, { least: 1, most: 10 }),
          longestMs: wholeNumber("pushback.longestMs", pushback.longestMs, 2_000, { least: 0 }),
        }
      : { maxAttempts: 1, longestMs: 0 },
    channel: channelOptions(service, options),
  };
}

function channelOptions(service: RpcService, options: ClientOptions): ChannelOptions {
  const { keepalive = {}, reconnect = {}, channel } = options;
  const sendBytes = wholeNumber("maxSendBytes", options.maxSendBytes, 1_048_576, { least: 1 });
  const initialMs = wholeNumber("reconnect.initialMs", reconnect.initialMs, 100, { least: 1 });
  return {
    "grpc.service_config": JSON.stringify(serviceConfigOf(service, options)),
    // Nobody publishes service configs in DNS here, and every connection would ask for one.
    "grpc.service_config_disable_resolution": 1,
    "grpc.enable_retries": 1,
    ...(keepalive && {
      "grpc.keepalive_time_ms": wholeNumber("keepalive.timeMs", keepalive.timeMs, 20_000, { least: 1 }),
      "grpc.keepalive_timeout_ms": wholeNumber("keepalive.timeoutMs", keepalive.timeoutMs, 5_000, {
        least: 1,
      }),
      "grpc.keepalive_permit_without_calls": (keepalive.withoutCalls ?? true) ? 1 : 0,
    }),
    "grpc.initial_reconnect_backoff_ms": initialMs,
    "grpc.max_reconnect_backoff_ms": wholeNumber(
      "reconnect.maxMs",
      reconnect.maxMs,
      Math.max(2_000, initialMs),
      {
        least: initialMs,
        why: "reconnect.initialMs",
      },
    ),
    // A restarted container has another address; grpc-js would look after 30 s, when the next one may be gone too.
    "grpc.dns_min_time_between_resolutions_ms": 2_000,
    "grpc.max_receive_message_length": wholeNumber("maxReceiveBytes", options.maxReceiveBytes, 1_048_576, {
      least: 1,
    }),
    "grpc.max_send_message_length": sendBytes,
    // A request that is not kept whole is not sent again (grpc-js keeps 1 MiB of each call).
    "grpc.per_rpc_retry_buffer_size": Math.max(1_048_576, sendBytes),
    "grpc.enable_channelz": 0,
    // One channel of ours is one set of connections: a rebuilt one must not get the broken ones back.
    "grpc.use_local_subchannel_pool": 1,
    ...(options.tls?.serverName !== undefined && {
      "grpc.ssl_target_name_override": options.tls.serverName,
      "grpc.default_authority": options.tls.serverName,
    }),
    ...channel,
  };
}

/** `host:port`, or several IP addresses, as a target of grpc-js; calls go round robin over all that it names, and over all that a host name resolves to. */
export function targetOf(addresses: readonly string[]): string {
  const [only] = addresses;
  if (addresses.length === 1 && only !== undefined) return `dns:${only}`;
  if (addresses.length > 0 && addresses.every((each) => isIPv4(hostOf(each))))
    return `ipv4:${addresses.join(",")}`;
  if (addresses.length > 0 && addresses.every((each) => isIPv6(hostOf(each))))
    return `ipv6:${addresses.join(",")}`;
  throw new Error(
    `Several gRPC addresses must all be IPv4 or all IPv6, not "${addresses.join(",")}"; or give one host name that resolves to all of them.`,
  );
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}
