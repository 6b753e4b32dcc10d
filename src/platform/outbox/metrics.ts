import { defineMetric } from "../telemetry";

export const outboxPending = defineMetric({
  name: "outbox_pending",
  kind: "gauge",
  help: "Rows that wait to be published, up to 100,000. Every process on the same database tells the same.",
});

export const outboxOldest = defineMetric({
  name: "outbox_oldest_unpublished_seconds",
  kind: "gauge",
  unit: "seconds",
  help: "Age of the oldest row that waits to be published; 0 without one.",
});

export const outboxRefused = defineMetric({
  name: "outbox_refused",
  kind: "gauge",
  help: "Rows that the broker has refused and that hold up their key.",
});

export const outboxPublishedTotal = defineMetric({
  name: "outbox_published_total",
  kind: "counter",
  help: "Rows published and marked by this process.",
  labels: ["topic"],
});

export const outboxPublishDelay = defineMetric({
  name: "outbox_publish_delay_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time from a row's insertion to the broker's acknowledgement.",
  labels: ["topic"],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
});

export const outboxRefusalsTotal = defineMetric({
  name: "outbox_refusals_total",
  kind: "counter",
  help: "Attempts to publish a row that the broker refused for good, by reason.",
  labels: ["topic", "reason"],
});

export const outboxFencedTotal = defineMetric({
  name: "outbox_fenced_total",
  kind: "counter",
  help: "Rows that this process published but could not mark, because another process held their shard by then.",
});

export const outboxShards = defineMetric({
  name: "outbox_shards_held",
  kind: "gauge",
  help: "Shards whose lease this process holds; 8 over all processes of a database.",
});

export const inboxAppliedTotal = defineMetric({
  name: "inbox_applied_total",
  kind: "counter",
  help: "Messages settled, by outcome (applied, duplicate, gap, parked behind a block, poison) and source (topic, parked, fetched, redelivered).",
  labels: ["group", "outcome", "source"],
});

export const inboxParked = defineMetric({
  name: "inbox_parked",
  kind: "gauge",
  help: "Messages that wait for an earlier version or behind a block.",
  labels: ["group"],
});

export const inboxOldestParked = defineMetric({
  name: "inbox_oldest_parked_seconds",
  kind: "gauge",
  unit: "seconds",
  help: "Age of the oldest parked message; 0 without one.",
  labels: ["group"],
});

export const inboxBlocked = defineMetric({
  name: "inbox_blocked",
  kind: "gauge",
  help: "Keys that a dead letter blocks.",
  labels: ["group"],
});

export const inboxFetchesTotal = defineMetric({
  name: "inbox_fetches_total",
  kind: "counter",
  help: "Requests for missing versions, by outcome: found, nothing, failed.",
  labels: ["group", "outcome"],
});

export const deadLettersTotal = defineMetric({
  name: "dead_letters_total",
  kind: "counter",
  help: "Messages set aside because they can never be applied, by reason: UNDECODABLE, ILLEGAL, FORK, UNEXPECTED ...",
  labels: ["group", "reason"],
});

export const deadLettersOpen = defineMetric({
  name: "dead_letters_open",
  kind: "gauge",
  help: "Dead letters that nobody has resolved yet.",
  labels: ["group"],
});

export const deadLettersResolvedTotal = defineMetric({
  name: "dead_letters_resolved_total",
  kind: "counter",
  help: "Dead letters resolved, by resolution: redelivered, healed, dropped.",
  labels: ["group", "resolution"],
});
