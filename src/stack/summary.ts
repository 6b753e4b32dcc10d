import { addressesOf, gatewayUrls } from "./instances";
import { containerWatchers, watchers } from "./telemetry";
import type { PortName, Settings } from "./settings";
import { formatTable, megabytes, type Status } from "./status";

/** What watches the system, and what is missing. */
export function formatWatchers(settings: Settings, status: Status): string {
  return formatTable(watchers(settings, status).map(({ name, state, what }) => [name, state, what]));
}

/** What is where, who may enter, and what to do next: the end of `make run-all`. Docker shows memory itself. */
export function summary(settings: Settings, status?: Status): string {
  const { ports } = settings;
  const grpc = (service: string, port: PortName): string =>
    addressesOf(settings, service, port).replaceAll(",", ", ");
  const http = (port: number): string => `http://127.0.0.1:${port}`;
  const places = [
    ["Web pages and HTTP API", gatewayUrls(settings).replaceAll(",", ", ")],
    ["gRPC: ShopService", grpc("shop", "shop")],
    ["gRPC: CrmService", grpc("crm", "crm")],
    ["gRPC: MesService", grpc("mes", "mes")],
    ["gRPC: MesOperatorService", grpc("mes-operator", "mesOperator")],
    ["gRPC: MesWorkerService", grpc("mes-worker", "mesWorker")],
    ["Product API", http(ports.products)],
    ["Payment provider", http(ports.payments)],
    [
      "Metrics and health",
      `${http(ports.gatewayAdmin)}/metrics and so on, one port per process: make status`,
    ],
    ["Kafka", `127.0.0.1:${ports.kafka}`],
    ["PostgreSQL", `127.0.0.1:${ports.postgres}, databases shop crm mes products payments`],
    ["S3", `${http(ports.s3)}, bucket models`],
  ];
  const watching = status ? watchers(settings, status) : containerWatchers(settings);
  const accounts = [
    ["customers", "anna@example.com, boris@example.com", "password alexandrite"],
    ["seller", "sofia@example.com", "password alexandrite"],
    ["operator", "oleg@example.com", "password alexandrite"],
    ["partner", "API key", "alx_partner_demo_0123456789abcdef"],
  ];
  const next = [
    ["make demo ORDERS=20", "take 20 orders from a model to DELIVERED"],
    ["make order ID=<id>", "one order in every service, its events, trace and logs"],
    ["make logs", "the logs of all services (ORDER=, SERVICE=, LEVEL=)"],
    ["make status", "what runs, what watches it, and its memory"],
    ["make kill SERVICE=mes", "kill -9 a process; freeze, resume, start, stop likewise"],
    ["make stop", "stop everything; the data stays"],
  ];
  const indent = (rows: string[][]): string => formatTable(rows).replace(/^/gm, "  ");
  return [
    "Where",
    indent(places),
    "\nWatched by",
    indent(watching.map(({ name, state, what }) => (status ? [name, state, what] : [name, what]))),
    "\nWho (for trying out on this machine only)",
    indent(accounts),
    "\nNext",
    indent(next),
    ...(status ? [`\nMemory of all processes (sum of PSS): ${megabytes(status.pssBytes)}`] : []),
  ].join("\n");
}
