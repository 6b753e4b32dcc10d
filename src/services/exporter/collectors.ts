import { setTimeout as sleep } from "node:timers/promises";
import { errorChain } from "../../platform/errors";
import type { ServiceHost } from "../../platform/lifecycle";
import { untraced } from "../../platform/telemetry";
import { exporterMetrics } from "./metrics";

/** One thing that is looked at. */
export type Collector = {
  name: string;
  /** Looks are at least so far apart, in milliseconds; default 5,000. */
  everyMs?: number;
  look(): Promise<void>;
  /** A look has failed: what may no longer be so is not told any more. */
  forget?(): void;
};

/** A scrape that comes a little early looks all the same, or every other one would be stale. */
const earlyShare = 0.9;

/**
 * Looks when the metrics are collected. A scrape waits `waitMs` at most, so that what hangs does not take the others along: what comes later is in the next scrape.
 * A look that fails is told by `exporter_collector_up`, and logged when it begins and when it ends.
 */
export function runCollectors(
  host: ServiceHost,
  collectors: readonly Collector[],
  { waitMs = 700 }: { waitMs?: number } = {},
): void {
  const looks = collectors.map((collector) => createLook(host, collector));
  host.metrics.onCollect(async () => {
    const over = new AbortController();
    const late = sleep(waitMs, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([Promise.all(looks.map((look) => look())), late]);
    over.abort();
  });
}

/** The collector's look, once at a time and never too soon after the last one. Does not fail. */
function createLook({ metrics, log }: ServiceHost, collector: Collector): () => Promise<void> {
  const { name, everyMs = 5_000 } = collector;
  const up = metrics.gauge(exporterMetrics.up).child({ collector: name });
  const took = metrics.gauge(exporterMetrics.seconds).child({ collector: name });
  let looking: Promise<void> | undefined;
  let lookedAt = -Infinity;
  let failing = false;

  async function look(): Promise<void> {
    const startedAt = (lookedAt = performance.now());
    try {
      await untraced(() => collector.look());
      up.set(1);
      if (failing) log.info({ collector: name }, "a collector works again");
      failing = false;
    } catch (error) {
      up.set(0);
      collector.forget?.();
      if (!failing) log.warn({ collector: name, reason: errorChain(error) }, "a collector fails");
      failing = true;
    }
    took.set((performance.now() - startedAt) / 1_000);
  }

  return () => {
    if (looking) return looking;
    if (performance.now() - lookedAt < everyMs * earlyShare) return Promise.resolve();
    return (looking = look().finally(() => (looking = undefined)));
  };
}
