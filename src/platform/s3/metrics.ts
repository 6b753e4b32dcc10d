import { defineMetric } from "../telemetry";

export const s3Duration = defineMetric({
  name: "s3_client_operation_duration_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time of one operation; of a get up to the object's head, of a put up to its end. code is ok, the error's category, or body_failed.",
  labels: ["bucket", "operation", "code"],
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
