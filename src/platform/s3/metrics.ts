import { defineMetric } from "../telemetry";

export const s3Duration = defineMetric({
  name: "s3_client_operation_duration_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time of one operation; of a get and a put up to the body's end. code is ok, the error's category, cancelled (also a reader that left), or body_failed.",
  labels: ["bucket", "operation", "code"],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
});

export const s3InFlight = defineMetric({
  name: "s3_client_in_flight",
  kind: "gauge",
  help: "Operations that have not ended, objects being read included.",
  labels: ["bucket", "operation"],
});

export const s3SentBytes = defineMetric({
  name: "s3_client_sent_bytes_total",
  kind: "counter",
  unit: "bytes",
  help: "Bytes of objects that were put.",
  labels: ["bucket"],
});

export const s3ReceivedBytes = defineMetric({
  name: "s3_client_received_bytes_total",
  kind: "counter",
  unit: "bytes",
  help: "Bytes of objects that were read.",
  labels: ["bucket"],
});
