import { defineMetric } from "../platform/telemetry";

export const reconciliationDisagreements = defineMetric({
  name: "reconciliation_disagreements",
  kind: "gauge",
  help: "Disagreements that have lasted longer than their bound, by kind: orders, payments, events or models. Told by the instance whose turn it is.",
  labels: ["kind"],
});

export const reconciliationRepairsTotal = defineMetric({
  name: "reconciliation_repairs_total",
  kind: "counter",
  help: "Disagreements that reconciliation began to repair, by kind.",
  labels: ["kind"],
});

export const reconciliationCheckedTotal = defineMetric({
  name: "reconciliation_checked_total",
  kind: "counter",
  help: "Things compared, by subject: payments, events, models.",
  labels: ["subject"],
});
