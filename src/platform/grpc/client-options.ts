import { isIPv4, isIPv6 } from "node:net";
import type { ChannelOptions } from "@grpc/grpc-js";

/**
 * gRFC A6: UNAVAILABLE is tried again everywhere, also under a server's `grpc-retry-pushback-ms`. Throttled: a peer that fails half of its calls gets no
 * retries. RESOURCE_EXHAUSTED is not listed: grpc-js would also retry it without a pushback, and wait out one that is longer than the deadline;
 * `unary-call.ts` does it.
 */
const serviceConfig = {
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [
    {
      name: [{}],
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: "0.05s",
        maxBackoff: "1s",
        backoffMultiplier: 2,
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
  ],
  retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
};

/** A channel's options: keepalive (gRFC A8) finds a dead peer within 25 s; reconnects start soon, for processes here come back fast. */
export function channelOptions(): ChannelOptions {
  return {
    "grpc.service_config": JSON.stringify(serviceConfig),
    // Nobody publishes service configs in DNS here, and every connection would ask for one.
    "grpc.service_config_disable_resolution": 1,
    "grpc.enable_retries": 1,
    "grpc.keepalive_time_ms": 20_000,
    "grpc.keepalive_timeout_ms": 5_000,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 2_000,
    "grpc.max_receive_message_length": 1_048_576,
    "grpc.max_send_message_length": 1_048_576,
    "grpc.enable_channelz": 0,
    // One channel of ours is one set of connections: a rebuilt one must not get the broken ones back.
    "grpc.use_local_subchannel_pool": 1,
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
