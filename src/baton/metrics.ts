import { defineMetric } from "../platform/telemetry";

export const orderStatusEnteredTotal = defineMetric({
  name: "order_status_entered_total",
  kind: "counter",
  help: "Orders that entered a status for the first time, as this service's database learned of it.",
  labels: ["status"],
});

export const orderMovesTotal = defineMetric({
  name: "order_moves_total",
  kind: "counter",
  help: "Attempts to move an order, by what became of them.",
  labels: ["to", "outcome"],
});

export const orderBatonWaitSeconds = defineMetric({
  name: "order_baton_wait_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "How long commands waited for an order that was still on its way to this service.",
});

export const orderForksTotal = defineMetric({
  name: "order_forks_total",
  kind: "counter",
  help: "Events that contradicted a stored event of the same order and version.",
});

export const orderSweepRepairsTotal = defineMetric({
  name: "order_sweep_repairs_total",
  kind: "counter",
  help: "Events that the sweep had to fetch because the topic did not bring them in time.",
});

export const orderExpiredTotal = defineMetric({
  name: "order_expired_total",
  kind: "counter",
  help: "Orders moved on because nobody did in time.",
  labels: ["from", "to"],
});
