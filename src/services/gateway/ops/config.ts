import {
  type ConfigOf,
  integer,
  oneOf,
  optionalHttpUrl,
  optionalText,
  variable,
} from "../../../platform/config";

const url = (name: string, what: string) =>
  variable(name, optionalHttpUrl, {
    default: "",
    description: `${what}, for the pages under /ops; empty: there is none`,
  });

/** Where the pages of operations look. Each may be missing: then they say so in its place. */
export const opsConfig = {
  prometheusUrl: url("PROMETHEUS_URL", "Prometheus"),
  alertmanagerUrl: url("ALERTMANAGER_URL", "Alertmanager"),
  telegramUrl: url("TELEGRAM_URL", "the stand-in for Telegram"),
  tracesUrl: url("TRACES_URL", "the trace store"),
  jaegerUrl: url("JAEGER_URL", "Jaeger's query API; traces of both are shown"),
  logsPath: variable("LOGS_PATH", optionalText, {
    default: "",
    description: "the folder of the services' JSON logs, for an order's story; empty: no log lines are shown",
  }),
  graylogUrl: url("GRAYLOG_URL", "Graylog as people open it, which an order's story links to"),
  grafanaUrl: url("GRAFANA_URL", "Grafana as people open it, which alerts link to"),
  sourceLimitMs: variable("OPS_SOURCE_LIMIT_MS", integer(50, 20_000), {
    default: 1_000,
    description: "how long a page under /ops waits for each of its sources, in milliseconds",
  }),
  status: variable("OPS_STATUS_FOR", oneOf("everybody", "operators"), {
    default: "everybody",
    description: "who may see what is up; orders and traces are for operators in any case",
  }),
};

export type OpsConfig = ConfigOf<typeof opsConfig>;
