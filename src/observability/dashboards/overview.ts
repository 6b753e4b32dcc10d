import {
  answeredAtOnce,
  faultCodes,
  highest,
  orZero,
  ownApi,
  quantile,
  rate,
  ratio,
  total,
} from "./expressions";
import { dashboard, lines, number, row, table, tail } from "./panels";

const grpcFaults = rate("grpc_server_handled_total", ["service"], `${ownApi},grpc_code=~"${faultCodes}"`);
const grpcCalls = rate("grpc_server_handled_total", ["service"], ownApi);
const notOk = rate(
  "grpc_server_handled_total",
  ["service", "grpc_method", "grpc_code"],
  `${ownApi},grpc_code!="OK"`,
);
const http5xx = rate("http_server_request_duration_seconds_count", ["service"], 'code=~"5.."');
const httpRequests = rate("http_server_request_duration_seconds_count", ["service"]);

export const overview = dashboard(
  "overview",
  "Overview",
  "Is everything up, and does it serve well? The four golden signals of all processes.",
  [
    row("Now", [
      number(
        "Processes that do not answer",
        "short",
        "Processes whose last scrape failed.",
        'count(up{job="alexandrite"}) - sum(up{job="alexandrite"})',
        { bounds: [1] },
      ),
      number(
        "Alerts that fire",
        "short",
        "All but the Watchdog, which always fires.",
        orZero('count(ALERTS{alertstate="firing",alertname!="Watchdog"})'),
        { bounds: [1] },
      ),
      number(
        "Disagreements",
        "short",
        "Orders, payments, events and models that services have disagreed on for longer than the bound.",
        orZero("sum(max by (kind) (reconciliation_disagreements))"),
        { bounds: [1] },
      ),
      number(
        "Dead letters open",
        "short",
        "Messages that can never be applied and that nobody has resolved.",
        "sum(max by (group) (dead_letters_open))",
        { bounds: [1] },
      ),
      number(
        "Oldest unsent event",
        "s",
        "Age of the oldest event that no broker has acknowledged, over all outboxes.",
        highest("outbox_oldest_unpublished_seconds"),
        { bounds: [5, 30] },
      ),
      number(
        "Oldest uncommitted message",
        "s",
        "Age of the oldest message that a consumer group has not committed.",
        highest("kafka_consumergroup_lag_seconds"),
        { bounds: [5, 30] },
      ),
    ]),
    row("Up and firing", [
      table(
        "Alerts by name",
        "none",
        "Alerts that are pending or firing, with the service that they are about.",
        "sum by (alertname, alertstate, severity, service) (ALERTS)",
      ),
      lines(
        "Processes that answer",
        "short",
        "1 while the process answers Prometheus.",
        {
          "{{service}} {{instance}}": 'up{job="alexandrite"}',
        },
        { width: 12, max: 1 },
      ),
    ]),
    row("Traffic", [
      lines("HTTP requests", "reqps", "Requests that were answered, by service.", {
        "{{service}}": httpRequests,
      }),
      lines("gRPC calls", "reqps", "Calls that servers completed, by service and method.", {
        "{{service}} {{grpc_method}}": rate("grpc_server_handled_total", ["service", "grpc_method"], ownApi),
      }),
      lines(
        "Events",
        "ops",
        "Events that outboxes published, and applied by the consumer groups: after a while each group has applied what was published.",
        {
          published: rate("outbox_published_total"),
          "{{group}}": rate("inbox_applied_total", ["group"], 'outcome="applied"'),
        },
      ),
    ]),
    row("Errors", [
      lines("HTTP error ratio", "percentunit", "Share of requests that were answered with 5xx.", {
        "{{service}}": ratio(http5xx, httpRequests),
      }),
      lines(
        "gRPC error ratio",
        "percentunit",
        `Share of calls whose code is a fault of the server: ${faultCodes.replaceAll("|", ", ")}.`,
        {
          "{{service}}": ratio(grpcFaults, grpcCalls),
        },
      ),
      lines(
        "gRPC calls that did not end well",
        "reqps",
        "By service, method and code; what callers did wrong and refusals included.",
        {
          "{{service}} {{grpc_method}} {{grpc_code}}": orZero(`${notOk} > 0`),
        },
      ),
    ]),
    row("Latency", [
      tail(
        "HTTP latency, 99 of 100",
        "99 of 100 requests were answered faster; open event streams are not in it.",
        {
          "{{service}}": quantile(0.99, "http_server_request_duration_seconds", ["service"], answeredAtOnce),
        },
      ),
      tail("gRPC latency, 99 of 100 calls", "99 of 100 unary calls were faster, by service and method.", {
        "{{service}} {{grpc_method}}": quantile(
          0.99,
          "grpc_server_handling_seconds",
          ["service", "grpc_method"],
          `${ownApi},grpc_type="unary"`,
        ),
      }),
      lines(
        "Age of events when applied, 99 of 100",
        "s",
        "From an event's publication to its being in the reader's database.",
        {
          "{{group}}": quantile(0.99, "kafka_consume_delay_seconds", ["group"]),
        },
      ),
    ]),
    row("Saturation", [
      lines(
        "Event loop delay, 99 of 100",
        "s",
        "How late timers fire; from 0.1 s on calls suffer.",
        {
          "{{service}} {{instance}}": "nodejs_eventloop_lag_p99_seconds",
        },
        { bounds: [0.1] },
      ),
      lines("CPU", "percentunit", "Share of one processor that a process takes.", {
        "{{service}} {{instance}}": rate(
          "process_cpu_seconds_total",
          ["service", "instance"],
          'job="alexandrite"',
        ),
      }),
      lines("Memory", "bytes", "Resident memory of each process.", {
        "{{service}} {{instance}}": total(
          "process_resident_memory_bytes",
          ["service", "instance"],
          'job="alexandrite"',
        ),
      }),
    ]),
  ],
);
