import { LRUCache } from "lru-cache";
import type { ServiceHost } from "../lifecycle";
import { runInScope } from "../telemetry";
import { ChangeFeed, type Look } from "./change-feed";
import {
  cacheBytes,
  cacheEntries,
  cacheEvictionsTotal,
  cacheLooksTotal,
  cacheRequestsTotal,
  cacheStalenessSeconds,
} from "./metrics";

export type CacheOptions = {
  /** Label `cache` of its metrics. */
  name: string;
  look: Look;
  /** Default 5,000. */
  maxEntries?: number;
  /** Bound on the sum of what `bytesOf` says. Default 32 MiB. */
  maxBytes?: number;
  /** An entry is loaded anew after this long even if nothing has changed, in milliseconds. Default 60,000. */
  maxAgeMs?: number;
};

export type CacheRead<T extends object> = {
  /** Whose answer to what question: what one caller may see and another may not must differ in it. */
  key: string;
  /** All that, when it changes, makes another answer. */
  tags: readonly string[];
  /** Runs in a scope of its own, without the caller's deadline and signal: others may be waiting for it too. */
  load: () => Promise<T>;
  /** Size of what was loaded, in bytes; called once for each load. */
  bytesOf: (value: T) => number;
};

export type VersionedCache = {
  /**
   * What `load` gives, from memory when nothing of it has changed. The answer is never older than the call: before anything is given, a look that began after the call has
   * said what has changed. Loads of one key at a time are one. Failures are not kept. The value is shared: do not change it. Errors: those of the look and of `load`.
   */
  get<T extends object>(read: CacheRead<T>): Promise<T>;
};

type Entry = { tags: readonly string[]; at: number; value: object };
type Flight = { tags: readonly string[]; at: number; value: Promise<object> };

const reasons: Partial<Record<LRUCache.DisposeReason, string>> = {
  evict: "full",
  expire: "expired",
  set: "outdated",
};

/** For a cache that is switched off: every read loads, in its caller's scope, and nothing is measured. */
export const withoutCache: VersionedCache = { get: ({ load }) => load() };

/** Opens a cache. It has nothing running and needs no closing. */
export function openVersionedCache(host: ServiceHost, options: CacheOptions): VersionedCache {
  const { name, look, maxEntries = 5_000, maxBytes = 32 * 1_048_576, maxAgeMs = 60_000 } = options;
  const labels = { cache: name };
  const { metrics } = host;
  const counted = (result: string) => metrics.counter(cacheRequestsTotal).child({ ...labels, result });
  const hit = counted("hit");
  const shared = counted("shared");
  const miss = counted("miss");
  const stale = counted("stale");
  const staleness = metrics.histogram(cacheStalenessSeconds).child(labels);
  const entryCount = metrics.gauge(cacheEntries).child(labels);
  const byteCount = metrics.gauge(cacheBytes).child(labels);
  const evictions = metrics.counter(cacheEvictionsTotal);
  const looks = metrics.counter(cacheLooksTotal);
  const feed = new ChangeFeed(look, (outcome) => looks.inc({ ...labels, outcome }));
  const flights = new Map<string, Flight>();
  const entries = new LRUCache<string, Entry>({
    max: maxEntries,
    maxSize: maxBytes,
    ttl: maxAgeMs,
    dispose(_entry, _key, why) {
      const reason = reasons[why];
      if (reason) evictions.inc({ ...labels, reason });
    },
  });

  function load<T extends object>({ key, tags, load, bytesOf }: CacheRead<T>): Promise<T> {
    // Taken before the load begins: a change that it may have missed is told by a later look, and then counts against it.
    const at = feed.now;
    const value = runInScope({ fields: {} }, load);
    const flight: Flight = { tags, at, value };
    flights.set(key, flight);
    const landed = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    value.then((loaded) => {
      landed();
      // An older load that comes in late must not replace a newer one.
      if ((entries.peek(key)?.at ?? 0) > at) return;
      entries.set(key, { tags, at, value: loaded }, { size: Math.max(1, bytesOf(loaded)) });
      entryCount.set(entries.size);
      byteCount.set(entries.calculatedSize);
    }, landed);
    return value;
  }

  return {
    async get<T extends object>(read: CacheRead<T>): Promise<T> {
      const confirmedAt = await feed.confirm();
      const entry = entries.get(read.key);
      const flight = flights.get(read.key);
      let value: T;
      if (entry && feed.isUnchanged(entry.tags, entry.at)) {
        hit.inc();
        value = entry.value as T;
      } else if (flight && feed.isUnchanged(flight.tags, flight.at)) {
        shared.inc();
        value = (await flight.value) as T;
      } else {
        (entry ? stale : miss).inc();
        value = await load(read);
      }
      staleness.observe((performance.now() - confirmedAt) / 1_000);
      return value;
    },
  };
}
