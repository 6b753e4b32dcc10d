import { defineMetric } from "../telemetry";

export const publishedTotal = defineMetric({
  name: "kafka_published_total",
  kind: "counter",
  help: "Messages that all in-sync replicas have acknowledged.",
  labels: ["topic"],
});

export const publishErrorsTotal = defineMetric({
  name: "kafka_publish_errors_total",
  kind: "counter",
  help: "Messages whose sending failed, by reason; those of a batch count each.",
  labels: ["topic", "reason"],
});

export const publishDuration = defineMetric({
  name: "kafka_publish_duration_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time of one request to publish a batch, waiting for the previous one included, by outcome: ok, transient, error.",
  labels: ["outcome"],
});

export const publishInFlight = defineMetric({
  name: "kafka_publish_in_flight",
  kind: "gauge",
  help: "Messages that wait for the broker's acknowledgement now.",
});

export const producerReplacementsTotal = defineMetric({
  name: "kafka_producer_replacements_total",
  kind: "counter",
  help: "Producers given up after a failed request, because their sequence numbers can no longer be trusted.",
});

export const consumedTotal = defineMetric({
  name: "kafka_consumed_total",
  kind: "counter",
  help: "Deliveries of messages to their handler, by outcome: ok, transient (something is down), error. All but ok are delivered again.",
  labels: ["topic", "group", "outcome"],
});

export const consumeDuration = defineMetric({
  name: "kafka_consume_duration_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time of one handling, by outcome: ok, transient, error.",
  labels: ["topic", "group", "outcome"],
});

export const consumeInFlight = defineMetric({
  name: "kafka_consume_in_flight",
  kind: "gauge",
  help: "Messages that are being handled now.",
  labels: ["topic", "group"],
});

export const consumeDelay = defineMetric({
  name: "kafka_consume_delay_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Age of a message, by its timestamp, when its handling has succeeded.",
  labels: ["topic", "group"],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
});

export const consumerPaused = defineMetric({
  name: "kafka_consumer_paused_partitions",
  kind: "gauge",
  help: "Partitions of this process that wait before a failed message is delivered again.",
  labels: ["topic", "group"],
});

export const consumerAssigned = defineMetric({
  name: "kafka_consumer_assigned_partitions",
  kind: "gauge",
  help: "Partitions that this process reads.",
  labels: ["topic", "group"],
});

export const consumerRestartsTotal = defineMetric({
  name: "kafka_consumer_restarts_total",
  kind: "counter",
  help: "Consumers given up and made anew, by reason: crash, connect, stuck.",
  labels: ["topic", "group", "reason"],
});

export const connected = defineMetric({
  name: "kafka_client_connected",
  kind: "gauge",
  help: "1 when a broker answered at the last check.",
});
