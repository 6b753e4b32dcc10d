import { buckets, faultCodes, mean, orNone, orZero, ownApi, quantile, rate, ratio } from "./expressions";
import { dashboard, heatmap, latency, lines, row, table, tail, type Row } from "./panels";

const servers = {
  Shop: { here: 'service="shop"', from: "shop" },
  MES: { here: 'service=~"mes|mes-operator|mes-worker"', from: "mes, mes-operator and mes-worker" },
} as const;

export const red = dashboard(
  "red",
  "RED: Shop and MES",
  "How many calls do Shop and MES get, how many fail, how long do they take, and which method is it?",
  [...service("Shop"), ...service("MES")],
);

function service(name: keyof typeof servers): Row[] {
  const { here, from } = servers[name];
  const own = `${here},${ownApi}`;
  const unary = `${own},grpc_type="unary"`;
  const calls = rate("grpc_server_handled_total", ["grpc_method"], own);
  const faults = rate("grpc_server_handled_total", ["grpc_method"], `${own},grpc_code=~"${faultCodes}"`);
  const called = rate("grpc_client_handled_total", ["grpc_service", "grpc_method"], `${here},${ownApi}`);
  const failed = `${here},${ownApi},grpc_code!="OK"`;
  return [
    row(`${name}: rate`, [
      lines(`${name}: calls by method`, "reqps", `Calls that ${from} completed.`, {
        "{{grpc_method}}": calls,
      }),
      lines(`${name}: calls by code`, "reqps", "Calls by their outcome.", {
        "{{grpc_code}}": rate("grpc_server_handled_total", ["grpc_code"], own),
      }),
      lines(`${name}: calls to others`, "reqps", `Calls that ${from} made, by the method called.`, {
        "{{grpc_service}} {{grpc_method}}": orNone("grpc_method", called),
      }),
    ]),
    row(`${name}: errors`, [
      lines(
        `${name}: error ratio by method`,
        "percentunit",
        "Share of a method's calls that were the server's fault.",
        {
          "{{grpc_method}}": ratio(faults, calls),
        },
      ),
      lines(
        `${name}: calls that did not end well`,
        "reqps",
        "By method and code; what callers did wrong included.",
        {
          "{{grpc_method}} {{grpc_code}}": orZero(
            `${rate("grpc_server_handled_total", ["grpc_method", "grpc_code"], `${own},grpc_code!="OK"`)} > 0`,
          ),
        },
      ),
      lines(
        `${name}: failed calls to others`,
        "reqps",
        `Calls that ${from} made and that did not end well.`,
        {
          "{{grpc_method}} {{grpc_code}}": orZero(
            `${rate("grpc_client_handled_total", ["grpc_method", "grpc_code"], failed)} > 0`,
          ),
        },
      ),
    ]),
    row(`${name}: duration`, [
      latency(
        `${name}: unary calls`,
        "Time from a call's headers to its end; the points lead to their traces.",
        (q) => quantile(q, "grpc_server_handling_seconds", [], unary),
      ),
      tail(`${name}: 99 of 100 calls by method`, "99 of 100 unary calls of a method were faster.", {
        "{{grpc_method}}": quantile(0.99, "grpc_server_handling_seconds", ["grpc_method"], unary),
      }),
      heatmap(
        `${name}: calls by duration`,
        "s",
        "How many unary calls took how long.",
        buckets("grpc_server_handling_seconds", unary),
      ),
      table(
        `${name}: slowest methods`,
        "s",
        "Mean duration of each method's calls; streams last as long as somebody listens.",
        `topk(10, ${mean("grpc_server_handling_seconds", ["grpc_service", "grpc_method"], own)})`,
      ),
      latency(
        `${name}: duration of calls to others`,
        "Time of calls as the caller saw them, retries included.",
        (q) => quantile(q, "grpc_client_handling_seconds", [], `${here},${ownApi},grpc_type="unary"`),
        // MES has to ask others for what the topic did not bring, and for nothing else.
        { width: 12, onlyWith: name === "MES" ? "an event that MES had to fetch" : undefined },
      ),
    ]),
  ];
}
