import { defineMetric } from "../../../platform/telemetry";

export const s3Metrics = {
  size: defineMetric({
    name: "s3_bucket_size_bytes",
    kind: "gauge",
    unit: "bytes",
    help: "Bytes of all objects of a bucket, by its list.",
    labels: ["bucket"],
    maxSeries: 20,
  }),
  objects: defineMetric({
    name: "s3_bucket_objects",
    kind: "gauge",
    help: "Objects of a bucket, by its list.",
    labels: ["bucket"],
    maxSeries: 20,
  }),
};
