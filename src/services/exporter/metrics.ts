import { defineMetric } from "../../platform/telemetry";

/** Of the exporter itself. The names and labels of what it collects are those of the field's own exporters, so that their rules and dashboards apply, whichever of them is scraped. */
export const exporterMetrics = {
  up: defineMetric({
    name: "exporter_collector_up",
    kind: "gauge",
    help: "1 when a collector's last look succeeded; its metrics are as old as the last one that did.",
    labels: ["collector"],
    maxSeries: 20,
  }),
  seconds: defineMetric({
    name: "exporter_collector_duration_seconds",
    kind: "gauge",
    unit: "seconds",
    help: "How long a collector's last look took.",
    labels: ["collector"],
    maxSeries: 20,
  }),
};
