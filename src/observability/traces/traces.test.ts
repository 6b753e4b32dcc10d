import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createReceiver } from "../../stack/otlp/receiver";
import { TraceStore } from "../../stack/otlp/trace-store";
import { exemplarsOf, faultsOf, gapsOf, jaeger, movesOf, type Trace, type TraceSpan, traceStore } from ".";

const traceId = (n: number): string => n.toString(16).padStart(32, "0");
const spanId = (n: number): string => n.toString(16).padStart(16, "0");

/** A trace of `service: name` lines, each the child of the one whose number it names: `2<1 mes: order.move v3 PRICED`. */
function trace(n: number, ...lines: string[]): Trace {
  const spans = lines.map((line): TraceSpan => {
    const [, id, parent, service, name, version, status] =
      /^(\d+)(?:<(\d+))? ([\w-]+): (\S+)(?: v(\d+) (\w+))?$/.exec(line)!;
    return {
      traceId: traceId(n),
      spanId: spanId(Number(id)),
      ...(parent ? { parentSpanId: spanId(Number(parent)) } : {}),
      service: service!,
      name: name!,
      startMs: 1_700_000_000_000 + Number(id),
      durationMs: 1,
      attributes: {
        "order.id": "o-1",
        ...(version ? { "order.version": Number(version), "order.status": status! } : {}),
      },
    };
  });
  return { traceId: traceId(n), spans };
}

const created = trace(
  1,
  "1 gateway: POST",
  "2<1 mes: order.move v1 CREATED",
  "3<2 crm: order.apply v1 CREATED",
  "4<2 shop: order.apply v1 CREATED",
);
const priced = trace(
  2,
  "1 gateway: PUT",
  "2<1 mes: order.move v2 MODEL_UPLOADED",
  "3<2 crm: order.apply v2 MODEL_UPLOADED",
  "4<2 shop: order.apply v2 MODEL_UPLOADED",
  "5<2 pricing: pricing.calculate",
  "6<5 mes-worker: order.move v3 PRICED",
  "7<6 crm: order.apply v3 PRICED",
  "8<6 shop: order.apply v3 PRICED",
);

test("a whole trace has no fault; a lost span makes its children orphans", () => {
  expect(faultsOf(priced)).toEqual([]);
  const holed = { ...priced, spans: priced.spans.filter((span) => span.spanId !== spanId(5)) };
  expect(faultsOf(holed)).toEqual([
    `trace ${traceId(2)}: mes-worker: order.move (${spanId(6)}) is an orphan`,
  ]);
});

test("a trace without its first span has no root", () => {
  const headless = { ...created, spans: created.spans.slice(1) };
  expect(faultsOf(headless)).toEqual([
    `trace ${traceId(1)}: mes: order.move (${spanId(2)}) is an orphan`,
    `trace ${traceId(1)} has 0 roots, not 1`,
  ]);
});

test("the moves of an order are told in the order of their versions, whatever the order of traces", () => {
  const moves = movesOf([priced, created]);
  expect(
    moves.map(({ version, status, movedBy, appliedBy }) => ({ version, status, movedBy, appliedBy })),
  ).toEqual([
    { version: 1, status: "CREATED", movedBy: "mes", appliedBy: ["crm", "shop"] },
    { version: 2, status: "MODEL_UPLOADED", movedBy: "mes", appliedBy: ["crm", "shop"] },
    { version: 3, status: "PRICED", movedBy: "mes", appliedBy: ["crm", "shop"] },
  ]);
  expect(gapsOf(moves)).toEqual([]);
});

test.each<[string, Trace[], string[]]>([
  ["a move without a trace", [priced], ["version 1 has no trace, or version 0 has two"]],
  [
    "a consumer in a trace of its own",
    [{ ...created, spans: created.spans.slice(0, 3) }],
    [`version 1, CREATED, trace ${traceId(1)}: shop does not apply it`],
  ],
  [
    "a price in another trace than its upload",
    [
      created,
      { ...priced, spans: priced.spans.slice(0, 4) },
      trace(
        3,
        "1 mes-worker: order.move v3 PRICED",
        "2<1 crm: order.apply v3 PRICED",
        "3<1 shop: order.apply v3 PRICED",
      ),
    ],
    [
      ...["gateway", "mes", "pricing"].map(
        (name) => `version 3, PRICED, trace ${traceId(3)}: does not reach ${name}`,
      ),
      `version 3, PRICED, trace ${traceId(3)}: the upload is another trace, ${traceId(2)}`,
    ],
  ],
])("a gap is named: %s", (_what, traces, expected) => {
  expect(gapsOf(movesOf(traces))).toEqual(expected);
});

test("a model that was priced before needs no worker", () => {
  const spans = priced.spans.filter(({ service }) => !["pricing", "mes-worker"].includes(service));
  const known = trace(
    2,
    "5<2 mes: order.move v3 PRICED",
    "6<5 crm: order.apply v3 PRICED",
    "7<5 shop: order.apply v3 PRICED",
  );
  const moves = movesOf([created, { ...priced, spans: [...spans.slice(0, 4), ...known.spans] }]);
  expect(gapsOf(moves, { freshlyPriced: false })).toEqual([]);
  expect(gapsOf(moves)).toHaveLength(2);
});

test("exemplars are read with their labels, values and traces", () => {
  const text = [
    "# TYPE http_server_request_seconds histogram",
    `http_server_request_seconds_bucket{route="/orders/{id}",le="0.01"} 3 # {trace_id="${traceId(7)}"} 0.004 1700000000.1`,
    'http_server_request_seconds_bucket{route="/orders/{id}",le="0.1"} 3',
    `calls_total{code="OK"} 2 # {trace_id="${traceId(8)}"} 1 1700000000.1`,
    "# EOF",
  ].join("\n");
  expect(exemplarsOf(text)).toEqual([
    {
      metric: "http_server_request_seconds_bucket",
      labels: { route: "/orders/{id}", le: "0.01" },
      value: 0.004,
      traceId: traceId(7),
    },
    { metric: "calls_total", labels: { code: "OK" }, value: 1, traceId: traceId(8) },
  ]);
});

describe("sources", () => {
  let server: Server | undefined;
  let folder: string;
  const listen = async (it: Server): Promise<string> => {
    server = it;
    await new Promise<void>((resolve) => it.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(it.address() as AddressInfo).port}`;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "alexandrite-traces-"));
  });
  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    rmSync(folder, { recursive: true });
  });

  test("the trace store gives an order's traces whole", async () => {
    const store = new TraceStore(folder, 1_000_000);
    store.add(
      [...created.spans, ...priced.spans].map((span) => ({ ...span, kind: "INTERNAL", status: "OK" })),
    );
    const source = traceStore(await listen(createReceiver(store)));
    expect(gapsOf(movesOf(await source.ofOrder("o-1")))).toEqual([]);
    expect(await source.find(traceId(9))).toBeUndefined();
  });

  test("Jaeger gives them too, each once, though two services tell of it", async () => {
    const asked: string[] = [];
    const source = jaeger(
      await listen(
        createServer((request, response) => {
          const { pathname, searchParams } = new URL(request.url ?? "/", "http://jaeger");
          asked.push(pathname);
          response.setHeader("content-type", "application/json");
          if (pathname === "/api/services") return void response.end('{"data":["gateway","mes"]}');
          if (pathname === `/api/traces/${traceId(9)}`) {
            return void response
              .writeHead(404)
              .end('{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}');
          }
          expect(JSON.parse(searchParams.get("tags") ?? "{}")).toEqual({ "order.id": "o-1" });
          response.end(JSON.stringify({ data: [created, priced].map(asJaegerSays) }));
        }),
      ),
    );
    const traces = await source.ofOrder("o-1");
    expect(traces.map((found) => found.spans.length)).toEqual([4, 8]);
    expect(traces.flatMap(faultsOf)).toEqual([]);
    expect(gapsOf(movesOf(traces))).toEqual([]);
    expect(await source.find(traceId(9))).toBeUndefined();
    expect(asked).toEqual(["/api/services", "/api/traces", "/api/traces", `/api/traces/${traceId(9)}`]);
  });
});

/** The JSON of Jaeger's query API (`/api/traces`). */
function asJaegerSays({ traceId: traceID, spans }: Trace): unknown {
  const services = [...new Set(spans.map(({ service }) => service))];
  return {
    traceID,
    processes: Object.fromEntries(services.map((serviceName, at) => [`p${at}`, { serviceName, tags: [] }])),
    spans: spans.map((span) => ({
      traceID,
      spanID: span.spanId,
      operationName: span.name,
      references: span.parentSpanId ? [{ refType: "CHILD_OF", traceID, spanID: span.parentSpanId }] : [],
      startTime: span.startMs * 1_000,
      duration: span.durationMs * 1_000,
      tags: Object.entries(span.attributes).map(([key, value]) => ({ key, type: "string", value })),
      processID: `p${services.indexOf(span.service)}`,
    })),
  };
}
