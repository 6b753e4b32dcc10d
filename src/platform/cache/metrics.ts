import { defineMetric } from "../telemetry";

export const cacheRequestsTotal = defineMetric({
  name: "cache_requests_total",
  kind: "counter",
  help: "Reads through a cache, by result: hit, shared (waited for the load of another read), miss, stale (an entry was there and something of it had changed).",
  labels: ["cache", "result"],
});

export const cacheLooksTotal = defineMetric({
  name: "cache_looks_total",
  kind: "counter",
  help: "Questions to the source what has changed, by outcome: unchanged, changed, anything (entries older than the look are given up), failed. One serves all reads that wait for it.",
  labels: ["cache", "outcome"],
});

export const cacheStalenessSeconds = defineMetric({
  name: "cache_staleness_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "The most that an answer can be behind its source when it is given: time since the look that confirmed it began.",
  labels: ["cache"],
});

export const cacheEntries = defineMetric({
  name: "cache_entries",
  kind: "gauge",
  help: "Entries in the cache, those included whose content has changed since and that nobody has asked for again.",
  labels: ["cache"],
});

export const cacheBytes = defineMetric({
  name: "cache_bytes",
  kind: "gauge",
  unit: "bytes",
  help: "Size of the entries as their owner counts it.",
  labels: ["cache"],
});

export const cacheEvictionsTotal = defineMetric({
  name: "cache_evictions_total",
  kind: "counter",
  help: "Entries that left the cache, by reason: full (of entries or bytes), expired, outdated (replaced after a change).",
  labels: ["cache", "reason"],
});
