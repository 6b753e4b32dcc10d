import { defineMetric } from "../../platform/telemetry";

const pricingBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 1_800, 3_600];

export const pricingWaitSeconds = defineMetric({
  name: "pricing_wait_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time from an order's wish for a price to its end, a price or a refusal; near zero for a price that was there.",
  buckets: pricingBuckets,
});

export const pricingCompletionFailuresTotal = defineMetric({
  name: "pricing_completion_failures_total",
  kind: "counter",
  help: "Orders whose price is there and that could not be moved on to it, by attempt; above 0 is a bug.",
});

export const pricingJobs = defineMetric({
  name: "pricing_jobs",
  kind: "gauge",
  help: "Pricing jobs by state: queued or running.",
  labels: ["state"],
});

export const pricingQueueOldestSeconds = defineMetric({
  name: "pricing_queue_oldest_seconds",
  kind: "gauge",
  unit: "seconds",
  help: "Age of the job that has waited longest for a worker.",
});

export const pricingWaitEstimateSeconds = defineMetric({
  name: "pricing_wait_estimate_seconds",
  kind: "gauge",
  unit: "seconds",
  help: "How long a calculation that is asked for now would wait, by estimate; what new orders are refused by.",
});

export const pricingRefusedTotal = defineMetric({
  name: "pricing_refused_total",
  kind: "counter",
  help: "Orders and uploads refused because the queue of calculations is too long, by the caller's role.",
  labels: ["role"],
});

export const pricingReportsTotal = defineMetric({
  name: "pricing_reports_total",
  kind: "counter",
  help: "Reports of workers, by kind and whether their lease still held.",
  labels: ["kind", "outcome"],
});

export const modelUploadsTotal = defineMetric({
  name: "model_uploads_total",
  kind: "counter",
  help: "Uploads of models: stored, known (the same model was there), or the reason of the refusal.",
  labels: ["outcome"],
});

export const modelUploadBytesTotal = defineMetric({
  name: "model_upload_bytes_total",
  kind: "counter",
  unit: "bytes",
  help: "Bytes of models received.",
});

export const webhookDeliveriesTotal = defineMetric({
  name: "webhook_deliveries_total",
  kind: "counter",
  help: "Attempts to deliver to partners' webhooks, by what came of the delivery: delivered, retried later, or failed for good.",
  labels: ["outcome"],
});

export const webhookOldestPendingSeconds = defineMetric({
  name: "webhook_oldest_pending_seconds",
  kind: "gauge",
  unit: "seconds",
  help: "Age of the delivery to a webhook that has been pending longest; 0 when there is none.",
});

export const paidToVisibleSeconds = defineMetric({
  name: "paid_to_visible_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time from an order's payment in Shop to its being in the operators' list.",
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300],
});

export const modelToPriceSeconds = defineMetric({
  name: "model_to_price_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time from an order's MODEL_UPLOADED to its PRICED, by the model's size: under_10mb, over.",
  labels: ["size"],
  buckets: pricingBuckets,
  maxSeries: 2,
});
