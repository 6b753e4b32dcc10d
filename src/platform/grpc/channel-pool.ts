import type { Client as Channel } from "@grpc/grpc-js";
import type { ServiceHost } from "../lifecycle";
import { observeAttempts } from "./attempts-hook";
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

/** So many calls in a row that heard nothing, over at least this many milliseconds, make a channel suspect. */
export type Suspicion = { calls: number; ms: number };
export const defaultSuspicion: Suspicion = { calls: 5, ms: 10_000 };
export type ChannelPoolOptions = {
  suspicion?: Suspicion | undefined;
  /** How the attempts of a call are seen; `private` falls back to `public` by itself. */
  hooks?: "private" | "public" | undefined;
};
/** A replaced channel is closed after this time: calls may still be open on it. */
const graceMs = 60_000;

/** Watches over a channel: grpc-js can wait for ever for a peer's SETTINGS (grpc-node #2785), and every call on it then times out. */
export function createChannelPool(
  host: ServiceHost,
  address: string,
  open: () => Channel,
  { suspicion = defaultSuspicion, hooks = "private" }: ChannelPoolOptions = {},
): ChannelPool {
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
      if (how === "answered") {
        silent = 0;
        return;
      }
      if (silent === 0) since = Date.now();
      silent += 1;
      if (silent >= suspicion.calls && Date.now() - since >= suspicion.ms) rebuild();
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
