import { highest, orNone, orZero, rate, total } from "./expressions";
import { dashboard, lines, number, row, table } from "./panels";

const ours = 'job="alexandrite"';

export const telemetry = dashboard(
  "telemetry",
  "The platform library and telemetry",
  "Does the telemetry itself arrive, and what does it cost? Lines and spans lost, series, scrapes, notifications, loops, certificates.",
  [
    row("Lost", [
      number(
        "Log lines lost",
        "short",
        "In the range shown.",
        orZero("sum(increase(gelf_lines_dropped_total[$__range]))"),
        { bounds: [1] },
      ),
      number(
        "Spans lost",
        "short",
        "In the range shown.",
        orZero("sum(increase(otel_spans_dropped_total[$__range]))"),
        { bounds: [1] },
      ),
      number("Scrapes that fail", "short", "Targets whose last scrape failed.", "count(up) - sum(up)", {
        bounds: [1],
      }),
      number(
        "Series counted as other",
        "short",
        "Recordings in the range shown that met the bound on a metric's label sets.",
        orZero("sum(increase(metric_series_overflow_total[$__range]))"),
        { bounds: [1] },
      ),
      number(
        "Notifications failed",
        "short",
        "Of Alertmanager, in the range shown.",
        orZero("sum(increase(alertmanager_notifications_failed_total[$__range]))"),
        { bounds: [1] },
      ),
      number(
        "Rules that fail",
        "short",
        "Evaluations in the range shown.",
        orZero("sum(increase(prometheus_rule_evaluation_failures_total[$__range]))"),
        { bounds: [1] },
      ),
    ]),
    row("Logs", [
      lines("Log lines by level", "ops", "Written.", { "{{level}}": rate("log_lines_total", ["level"]) }),
      lines("Lines to Graylog", "ops", "Handed to its connection, and lost by reason.", {
        sent: rate("gelf_lines_sent_total"),
        "lost: {{reason}}": orNone("reason", rate("gelf_lines_dropped_total", ["reason"])),
      }),
      lines(
        "Connections to Graylog",
        "short",
        "1 while it is open.",
        {
          "{{service}}": total("gelf_connected", ["service"]),
        },
        { onlyWith: "Graylog" },
      ),
    ]),
    row("Traces", [
      lines("Spans", "ops", "Accepted by the collector, and lost by reason.", {
        accepted: rate("otel_spans_exported_total"),
        "lost: {{reason}}": orNone("reason", rate("otel_spans_dropped_total", ["reason"])),
      }),
      lines("Spans by service", "ops", "Accepted by the collector.", {
        "{{service}}": rate("otel_spans_exported_total", ["service"]),
      }),
      lines(
        "Spans by call",
        "short",
        "Spans for each gRPC call that a server completed.",
        `${rate("otel_spans_exported_total")} / ${rate("grpc_server_handled_total")}`,
      ),
    ]),
    row("Metrics", [
      lines("Series by process", "short", "What one scrape of a process brings.", {
        "{{service}} {{instance}}": highest("scrape_samples_scraped", ["service", "instance"], ours),
      }),
      lines(
        "Time of a scrape",
        "s",
        "Of 4 s that it may take.",
        { "{{service}} {{instance}}": highest("scrape_duration_seconds", ["service", "instance"], ours) },
        { bounds: [4] },
      ),
      lines("Series beyond bounds", "ops", "Recordings that were counted as other, by metric.", {
        "{{metric}}": orNone("metric", rate("metric_series_overflow_total", ["metric"])),
      }),
      lines(
        "Series in Prometheus",
        "short",
        "That it has in memory.",
        highest("prometheus_tsdb_head_series"),
      ),
      lines(
        "Samples",
        "ops",
        "That Prometheus appends each second.",
        rate("prometheus_tsdb_head_samples_appended_total"),
      ),
      lines("Notifications", "ops", "That Alertmanager sent, by receiver.", {
        "{{integration}}": orNone("integration", rate("alertmanager_notifications_total", ["integration"])),
      }),
    ]),
    row("Processes of the platform library", [
      lines(
        "Event loop delay, 99 of 100",
        "s",
        "How late timers fire.",
        { "{{service}} {{instance}}": "nodejs_eventloop_lag_p99_seconds" },
        { bounds: [0.1] },
      ),
      lines("Failed readiness checks", "short", "Checks that did not pass at their last run.", {
        "{{service}} {{check}}": "sum by (service, check) (1 - service_ready)",
      }),
      lines("Background loops", "ops", "Runs that failed, by loop.", {
        "{{service}} {{loop}}": rate("background_loop_runs_total", ["service", "loop"], 'outcome="error"'),
      }),
      table(
        "Since a loop last succeeded",
        "s",
        "The ten loops that have not succeeded for longest.",
        "topk(10, time() - max by (service, loop) (background_loop_last_success_timestamp_seconds))",
      ),
      table(
        "Versions",
        "short",
        "Processes by service, version and Node.js version.",
        "count by (service, version, node_version) (service_info)",
      ),
    ]),
    row("Calls and caches", [
      lines("Retries of gRPC calls", "ops", "Attempts beyond a call's first, by kind.", {
        "{{service}} {{kind}}": orNone("kind", rate("grpc_client_retries_total", ["service", "kind"])),
      }),
      lines(
        "Channels and connections",
        "short",
        "In the range shown: channels replaced because calls timed out, connections refused because there were too many, refused handshakes by reason.",
        {
          "channels to {{target}}": orNone(
            "target",
            "sum by (target) (increase(grpc_client_channel_rebuilt_total[$__range]))",
          ),
          "connections refused": orZero("sum(increase(grpc_server_connections_refused_total[$__range]))"),
          "handshakes: {{reason}}": orNone(
            "reason",
            "sum by (reason) (increase(tls_handshake_failures_total[$__range]))",
          ),
        },
      ),
      table(
        "Certificates end",
        "dateTimeFromNow",
        "When the certificate in use ends, by its use.",
        {
          "{{service}} {{use}}": "min by (service, use) (tls_certificate_not_after_timestamp_seconds) * 1000",
        },
        { onlyWith: "TLS between the services", width: 8 },
      ),
      lines(
        "Cache hits",
        "percentunit",
        "Share of reads that the cache answered, waiting for another's load included.",
        {
          "{{cache}}": `${rate("cache_requests_total", ["cache"], 'result=~"hit|shared"')} / ${rate("cache_requests_total", ["cache"])}`,
        },
        { max: 1 },
      ),
      lines("Size of caches", "bytes", "As their owner counts it.", {
        "{{service}} {{cache}}": total("cache_bytes", ["service", "cache"]),
      }),
      lines("Age of cached answers", "s", "99 of 100 answers are less behind their source.", {
        "{{cache}}":
          "histogram_quantile(0.99, sum by (cache, le) (rate(cache_staleness_seconds_bucket[$__rate_interval])))",
      }),
    ]),
  ],
);
