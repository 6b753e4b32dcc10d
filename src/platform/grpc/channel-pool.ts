import type { Client as Channel } from "@grpc/grpc-js";
import type { ServiceHost } from "../lifecycle";
import { observeAttempts } from "./attempts-hook";
import { wholeNumber } from "./check-option";
import { channelRebuiltTotal } from "./metrics";

/** A client's channel, replaced when it seems stuck. */
export type ChannelPool = {
  channel(): Channel;
  /** Whether each attempt of a call is seen; otherwise only what is sent is known. */
  readonly seesAttempts: boolean;
  /** Tells how a call ended: `silent` when it timed out without a word from the peer. */
  report(how: "answered" | "silent"): void;
  close(): void;
};

/** When a channel is replaced (grpc-node #2785). */
export type Suspicion = {
  /** Calls in a row that timed out and heard nothing; 5. */
  calls?: number;
  /** Milliseconds that these calls span at least; 10,000. */
  ms?: number;
  /** Milliseconds until the replaced channel is closed, for calls may still be open on it; 60,000. */
  graceMs?: number;
};
export type ChannelPoolOptions = {
  /** `false`: never. */
  suspicion?: Suspicion | false | undefined;
  /** How the attempts of a call are seen; `private`, the default, falls back to `public` by itself on a grpc-js without the hook: then each sending counts as one. */
  hooks?: "private" | "public" | undefined;
};

/** Watches over a channel: grpc-js can wait for ever for a peer's SETTINGS (grpc-node #2785), and every call on it then times out. */
export function createChannelPool(
  host: ServiceHost,
  address: string,
  open: () => Channel,
  { suspicion = {}, hooks = "private" }: ChannelPoolOptions = {},
): ChannelPool {
  const { calls, ms, graceMs } = checked(suspicion || {});
  let channel = open();
  let seesAttempts = hooks === "private" && observeAttempts(channel);
  let silent = 0;
  let since = 0;
  const retired = new Map<Channel, NodeJS.Timeout>();
  const rebuilt = host.metrics.counter(channelRebuiltTotal).child({ target: address });
  const rebuild = (): void => {
    const old = channel;
    channel = open();
    seesAttempts &&= observeAttempts(channel);
    silent = 0;
    rebuilt.inc();
    host.log.warn({ target: address }, "A channel's calls timed out one after another; it is replaced");
    const timer = setTimeout(() => {
      retired.delete(old);
      old.close();
    }, graceMs);
    timer.unref();
    retired.set(old, timer);
  };
  return {
    channel: () => channel,
    get seesAttempts() {
      return seesAttempts;
    },
    report(how) {
      if (how === "answered" || !suspicion) {
        silent = 0;
        return;
      }
      if (silent === 0) since = Date.now();
      silent += 1;
      if (silent >= calls && Date.now() - since >= ms) rebuild();
    },
    close() {
      for (const [old, timer] of retired) {
        clearTimeout(timer);
        old.close();
      }
      retired.clear();
      channel.close();
    },
  };
}

function checked({ calls, ms, graceMs }: Suspicion): Required<Suspicion> {
  return {
    calls: wholeNumber("suspicion.calls", calls, 5, { least: 1 }),
    ms: wholeNumber("suspicion.ms", ms, 10_000, { least: 0 }),
    graceMs: wholeNumber("suspicion.graceMs", graceMs, 60_000, { least: 0 }),
  };
}
