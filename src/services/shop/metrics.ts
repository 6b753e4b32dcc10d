import { defineMetric } from "../../platform/telemetry";

export const paymentIntentsTotal = defineMetric({
  name: "payment_intents_total",
  kind: "counter",
  help: "Payment intents that ended, by how: captured, declined, voided.",
  labels: ["outcome"],
});

export const paymentIntentsOpen = defineMetric({
  name: "payment_intents_open",
  kind: "gauge",
  help: "Payment intents whose result is not known yet.",
});

export const paymentIntentOldestSeconds = defineMetric({
  name: "payment_intent_oldest_open_seconds",
  kind: "gauge",
  unit: "seconds",
  help: "Age of the oldest payment intent whose result is not known yet; 0 without one.",
});

export const paymentResolutionsTotal = defineMetric({
  name: "payment_resolutions_total",
  kind: "counter",
  help: "Rounds of the resolver over one intent, by outcome: captured, declined, voided, waiting, failed.",
  labels: ["outcome"],
});

export const paymentRefundsTotal = defineMetric({
  name: "payment_refunds_total",
  kind: "counter",
  help: "Attempts to give a payment back, by outcome: ok, error.",
  labels: ["outcome"],
});

export const paymentRefundsPending = defineMetric({
  name: "payment_refunds_pending",
  kind: "gauge",
  help: "Refunds that are still to be made.",
});

export const paymentRefundOldestSeconds = defineMetric({
  name: "payment_refund_oldest_pending_seconds",
  kind: "gauge",
  unit: "seconds",
  help: "Age of the oldest refund that is still to be made; 0 without one.",
});

export const signInsTotal = defineMetric({
  name: "sign_ins_total",
  kind: "counter",
  help: "Sign-ins, by outcome: ok, bad_credentials, refused.",
  labels: ["outcome"],
});
