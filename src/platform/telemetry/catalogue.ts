import { defineMetric } from "./metric-spec";

/** Metrics about the telemetry itself. Each technology has its specs in its own `metrics.ts`, and so has each service. */

export const metricSeriesOverflowTotal = defineMetric({
  name: "metric_series_overflow_total",
  kind: "counter",
  help: "Recordings that met the bound on a metric's label sets and were counted as other.",
  labels: ["metric"],
});

export const gelfLinesDroppedTotal = defineMetric({
  name: "gelf_lines_dropped_total",
  kind: "counter",
  help: "Log lines that did not reach the GELF server, by reason: buffer_full, connection_lost, stopping, invalid.",
  labels: ["reason"],
});

export const gelfLinesSentTotal = defineMetric({
  name: "gelf_lines_sent_total",
  kind: "counter",
  help: "Log lines handed to the GELF server's connection.",
});

export const gelfConnected = defineMetric({
  name: "gelf_connected",
  kind: "gauge",
  help: "1 while the connection to the GELF server is open.",
});

export const otelSpansDroppedTotal = defineMetric({
  name: "otel_spans_dropped_total",
  kind: "counter",
  help: "Finished spans that did not reach the collector, by reason: queue_full, export_failed.",
  labels: ["reason"],
});

export const otelSpansExportedTotal = defineMetric({
  name: "otel_spans_exported_total",
  kind: "counter",
  help: "Spans that the collector accepted.",
});

export const logLinesTotal = defineMetric({
  name: "log_lines_total",
  kind: "counter",
  help: "Log lines written, by level.",
  labels: ["level"],
});
