import { answeredAtOnce, faultCodes, orNone, ownApi, quantile, rate, ratio, total } from "./expressions";
import { dashboard, latency, lines, row, tail, type Row } from "./panels";

export const golden = dashboard(
  "golden",
  "Golden signals: the APIs",
  "Latency, traffic, errors and saturation of the gateway and of the APIs of Shop, CRM and MES; who sends the traffic.",
  [
    gateway(),
    ...api("Shop", "shop", 'service="shop"'),
    ...api("CRM", "crm", 'service="crm"'),
    ...api("MES", "mes|operator", 'service=~"mes|mes-operator|mes-worker"'),
  ],
);

function gateway(): Row {
  const requests = rate("http_server_request_duration_seconds_count", ["route"], 'service="gateway"');
  const failed = rate(
    "http_server_request_duration_seconds_count",
    ["route"],
    'service="gateway",code=~"5.."',
  );
  return row("Gateway", [
    latency(
      "Gateway: latency",
      "Time from a request's head to the end of its answer; event streams are not in it.",
      (q) => quantile(q, "http_server_request_duration_seconds", [], `service="gateway",${answeredAtOnce}`),
    ),
    lines("Gateway: requests", "reqps", "Requests that were answered, by route.", { "{{route}}": requests }),
    lines("Gateway: error ratio", "percentunit", "Share of a route's requests that were answered with 5xx.", {
      "{{route}}": ratio(failed, requests),
    }),
    lines("Gateway: answers by status", "reqps", "499 is a client that went away, 429 a refusal.", {
      "{{code}}": rate("http_server_request_duration_seconds_count", ["code"], 'service="gateway"'),
    }),
    lines("Gateway: data", "Bps", "Bodies received, and answers sent.", {
      received: rate("http_server_received_bytes_total", [], 'service="gateway"'),
      sent: rate("http_server_sent_bytes_total", [], 'service="gateway"'),
    }),
    lines("Requests in flight", "short", "Being answered now, open event streams included, by service.", {
      "{{service}}": total("http_server_requests_in_flight", ["service"]),
    }),
    lines(
      "Outgoing HTTP requests",
      "reqps",
      "To the product API, the payment provider and partners' webhooks, by status; a word is an error without status.",
      {
        "{{client}} {{code}}": rate("http_client_request_duration_seconds_count", ["client", "code"]),
      },
    ),
    tail("Outgoing HTTP latency, 99 of 100", "99 of 100 attempts were faster, by client.", {
      "{{client}}": quantile(0.99, "http_client_request_duration_seconds", ["client"]),
    }),
    lines("Sign-ins", "reqps", "By outcome; many bad credentials are somebody who guesses.", {
      "{{outcome}}": orNone("outcome", rate("sign_ins_total", ["outcome"])),
    }),
  ]);
}

function api(name: string, apis: string, here: string): Row[] {
  const own = `${here},${ownApi}`;
  const calls = rate("grpc_server_handled_total", ["service"], own);
  const faults = rate("grpc_server_handled_total", ["service"], `${own},grpc_code=~"${faultCodes}"`);
  return [
    row(`${name}: latency and traffic`, [
      latency(`${name}: latency`, "Unary calls; the points lead to their traces.", (q) =>
        quantile(q, "grpc_server_handling_seconds", [], `${own},grpc_type="unary"`),
      ),
      lines(`${name}: calls`, "reqps", "Calls completed, by process.", { "{{service}}": calls }),
      lines(
        `${name}: requests by user`,
        "reqps",
        "The 20 users who ask most by the gateway's count, the rest as other.",
        {
          "{{user}}": rate("user_requests_total", ["user"], `api=~"${apis}"`),
        },
      ),
      lines(`${name}: data`, "Bps", "Messages received and sent, without framing.", {
        received: rate("grpc_server_msg_received_bytes_total", [], own),
        sent: rate("grpc_server_msg_sent_bytes_total", [], own),
      }),
      lines(`${name}: open calls`, "short", "Calls in flight, open streams included.", {
        "{{service}}": total("grpc_server_in_flight", ["service"], own),
      }),
    ]),
    row(`${name}: errors and saturation`, [
      lines(
        `${name}: success and error ratio`,
        "percentunit",
        "Share of calls that ended with OK, and that were the server's fault; the rest is what callers did wrong.",
        {
          "{{service}} success": ratio(
            rate("grpc_server_handled_total", ["service"], `${own},grpc_code="OK"`),
            calls,
          ),
          "{{service}} errors": ratio(faults, calls),
        },
        { max: 1 },
      ),
      lines(
        `${name}: refused and waiting`,
        "short",
        "Calls refused for load each second, by reason, and calls that wait for others to end.",
        {
          "refused: {{reason}}": orNone("reason", rate("grpc_server_refused_total", ["reason"], here)),
          "waiting in {{service}}": total("grpc_server_queue_length", ["service"], here),
        },
      ),
      lines(
        `${name}: event loop delay, 99 of 100`,
        "s",
        "How late timers fire.",
        {
          "{{service}} {{instance}}": `nodejs_eventloop_lag_p99_seconds{${here}}`,
        },
        { bounds: [0.1] },
      ),
      lines(`${name}: CPU`, "percentunit", "Share of one processor.", {
        "{{service}} {{instance}}": rate("process_cpu_seconds_total", ["service", "instance"], here),
      }),
      lines(`${name}: memory`, "bytes", "Resident memory.", {
        "{{service}} {{instance}}": total("process_resident_memory_bytes", ["service", "instance"], here),
      }),
    ]),
  ];
}
