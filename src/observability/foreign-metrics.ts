import type { MetricKind } from "../platform/telemetry";

type Foreign = { type: MetricKind; labels: readonly string[] };

const gauge = (...labels: string[]): Foreign => ({ type: "gauge", labels });
const counter = (...labels: string[]): Foreign => ({ type: "counter", labels });
const histogram = (...labels: string[]): Foreign => ({ type: "histogram", labels });

/**
 * The metrics of programs that are not ours and that rules and dashboards use: Prometheus about its targets and itself, Alertmanager, and in Docker
 * the exporters that stand where our own `exporter` stands elsewhere. A name that the catalogue has too is not written here.
 */
export const foreignMetrics: Readonly<Record<string, Foreign>> = {
  up: gauge(),
  scrape_duration_seconds: gauge(),
  scrape_samples_scraped: gauge(),
  scrape_samples_post_metric_relabeling: gauge(),
  scrape_series_added: gauge(),
  ALERTS: gauge("alertname", "alertstate", "severity", "slo"),
  ALERTS_FOR_STATE: gauge("alertname", "severity", "slo"),

  prometheus_build_info: gauge("version"),
  prometheus_config_last_reload_successful: gauge(),
  prometheus_notifications_alertmanagers_discovered: gauge(),
  prometheus_notifications_dropped_total: counter("alertmanager"),
  prometheus_notifications_errors_total: counter("alertmanager"),
  prometheus_notifications_queue_length: gauge(),
  prometheus_rule_evaluation_failures_total: counter("rule_group"),
  prometheus_rule_group_duration_seconds: gauge("quantile"),
  prometheus_rule_group_last_duration_seconds: gauge("rule_group"),
  prometheus_sd_discovered_targets: gauge("config", "name"),
  prometheus_target_scrape_pool_targets: gauge("scrape_job"),
  prometheus_target_scrapes_exceeded_sample_limit_total: counter(),
  prometheus_tsdb_compactions_failed_total: counter(),
  prometheus_tsdb_head_samples_appended_total: counter("type"),
  prometheus_tsdb_head_series: gauge(),
  prometheus_tsdb_storage_blocks_bytes: gauge(),
  prometheus_tsdb_wal_corruptions_total: counter(),

  alertmanager_alerts: gauge("state"),
  alertmanager_config_last_reload_successful: gauge(),
  alertmanager_notification_latency_seconds: histogram("integration"),
  alertmanager_notifications_total: counter("integration"),
  alertmanager_notifications_failed_total: counter("integration", "reason"),
};
