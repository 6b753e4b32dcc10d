import type { Client as Channel } from "@grpc/grpc-js";
import type { AppError } from "../errors";
import type { ServiceHost } from "../lifecycle";
import { channelRebuiltTotal } from "./metrics";

/** A client's channel, replaced when it seems stuck. */
export type ChannelPool = {
  channel(): Channel;
  /** Tells how a call ended. */
  report(failure: AppError | undefined): void;
  close(): void;
};

/** So many calls in a row that timed out, over at least this many milliseconds, make a channel suspect. */
const suspectAfter = 5;
const suspectMs = 10_000;
/** A replaced channel is closed after this time: calls may still be open on it. */
const graceMs = 60_000;

/** Watches over a channel: grpc-js can wait for ever for a peer's SETTINGS (grpc-node #2785), and every call on it then times out. */
export function createChannelPool(host: ServiceHost, target: string, open: () => Channel): ChannelPool {
  let channel = open();
  let timeouts = 0;
  let since = 0;
  const retired = new Map<Channel, NodeJS.Timeout>();
  const rebuilt = host.metrics.counter(channelRebuiltTotal).child({ target });
  const rebuild = (): void => {
    const old = channel;
    channel = open();
    timeouts = 0;
    rebuilt.inc();
    host.log.warn({ target }, "A channel's calls timed out one after another; it is replaced");
    const timer = setTimeout(() => {
      retired.delete(old);
      old.close();
    }, graceMs);
    timer.unref();
    retired.set(old, timer);
  };
  return {
    channel: () => channel,
    report(failure) {
      if (failure?.category !== "deadline_exceeded") {
        timeouts = 0;
        return;
      }
      if (timeouts === 0) since = Date.now();
      timeouts += 1;
      if (timeouts >= suspectAfter && Date.now() - since >= suspectMs) rebuild();
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
