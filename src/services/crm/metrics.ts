import { defineMetric } from "../../platform/telemetry";

/** Told by every instance of CRM alike, from the event history: take the maximum. Days and months are those of UTC. */
export const ordersReached = defineMetric({
  name: "orders_reached",
  kind: "gauge",
  help: "Orders that entered a status for the first time, by period: today, yesterday, month (since its first day, UTC).",
  labels: ["status", "period"],
  maxSeries: 60,
});

export const ordersActive = defineMetric({
  name: "orders_active",
  kind: "gauge",
  help: "Orders that are in a status now, for each status that is not final.",
  labels: ["status"],
  maxSeries: 20,
});

export const ordersOldestSeconds = defineMetric({
  name: "orders_oldest_seconds",
  kind: "gauge",
  unit: "seconds",
  help: "How long the order that has been in a status longest has been there; 0 without one.",
  labels: ["status"],
  maxSeries: 20,
});
