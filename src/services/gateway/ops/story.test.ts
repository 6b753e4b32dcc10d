import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../platform/testing";
import { createReceiver } from "../../../stack/otlp/receiver";
import type { Span } from "../../../stack/otlp/spans";
import { TraceStore } from "../../../stack/otlp/trace-store";
import type { Story } from "./story";
import { storedEvent } from "./testing/events";
import { partnerKey } from "./testing/fake-services";
import { type RunningGateway, runGateway } from "./testing/running-gateway";
import { serve, type Served } from "./testing/serve";

const orderId = "8ab073d3-a9b3-4205-9b1b-4f0984753dee";
const path = `/api/v1/ops/orders/${orderId}`;
const traceId = (n: number): string => n.toString(16).padStart(32, "0");
const start = Date.parse("2026-01-01T10:00:00.000Z");

let folder: string;
let store: TraceStore;
let traces: Served;
let gateway: RunningGateway;

const span = (n: number, more: Partial<Span>): Span => ({
  traceId: traceId(1),
  spanId: n.toString(16).padStart(16, "0"),
  service: "mes",
  name: "alexandrite.mes.v1.MesService/CreateOrder",
  kind: "SERVER",
  startMs: start + n,
  durationMs: 10,
  status: "UNSET",
  attributes: { "order.id": orderId },
  ...more,
});

async function open(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), "alexandrite-ops-"));
  store = new TraceStore(join(folder, "traces"), 1_000_000);
  traces = await serve(createReceiver(store));
  gateway = await runGateway({
    TRACES_URL: traces.url,
    LOGS_PATH: folder,
    GRAYLOG_URL: "http://127.0.0.1:7555",
  });
  const created = storedEvent(orderId, 1, ["", "CREATED"], start + 5, traceId(1));
  const uploaded = storedEvent(orderId, 2, ["CREATED", "MODEL_UPLOADED"], start + 3_000, traceId(2));
  gateway.services.stored.MES.push(created, uploaded);
  gateway.services.stored.CRM.push(created, uploaded);
  gateway.services.stored.Shop.push(created);
  store.add([
    span(1, {}),
    span(2, { kind: "INTERNAL", name: "TRANSACTION mes", parentSpanId: "0000000000000001" }),
    span(3, {
      kind: "CLIENT",
      service: "shop",
      status: "ERROR",
      statusMessage: "refused",
      parentSpanId: "0000000000000001",
    }),
    span(4, { attributes: { "order.id": "another" } }),
    span(9, {
      traceId: traceId(2),
      kind: "CONSUMER",
      service: "crm",
      name: "process order_status",
      startMs: start + 4_000,
    }),
  ]);
  const line = { level: "warn", time: new Date(start + 6).toISOString(), service: "mes", msg: "stored" };
  const ids = { order_id: orderId, trace_id: traceId(1), span_id: "0000000000000001" };
  writeFileSync(join(folder, "mes.log"), `${JSON.stringify({ ...line, ...ids })}\n`);
}
async function close(): Promise<void> {
  await gateway.close();
  await traces.close();
  rmSync(folder, { recursive: true });
}

async function storyOf(query = ""): Promise<Story> {
  const { status, body } = await gateway.asOperator(path + query);
  expect([status, body]).toEqual([200, expect.anything()]);
  return body as Story;
}

describe("while all are up", () => {
  beforeAll(open);
  afterAll(close);

  test("events, steps and log lines stand on one time axis, each with a link to its trace", async () => {
    const { entries, spans, logs } = await storyOf();
    expect(
      entries.map(({ atMs, kind, service, title, level, link }) => [
        atMs - start,
        kind,
        service,
        title,
        level,
        link,
      ]),
    ).toEqual([
      [1, "span", "mes", "MesService/CreateOrder", "ok", `/ops/traces/${traceId(1)}#0000000000000001`],
      [3, "span", "shop", "MesService/CreateOrder", "error", `/ops/traces/${traceId(1)}#0000000000000003`],
      [5, "event", "mes", "CREATED", "ok", `/ops/traces/${traceId(1)}`],
      [6, "log", "mes", "stored", "warn", `/ops/traces/${traceId(1)}#0000000000000001`],
      [3_000, "event", "mes", "CREATED → MODEL_UPLOADED", "ok", `/ops/traces/${traceId(2)}`],
      [4_000, "span", "crm", "process order_status", "ok", `/ops/traces/${traceId(2)}#0000000000000009`],
    ]);
    expect([spans, logs]).toEqual([
      { state: "ok", data: { found: 4, isCut: false } },
      { state: "ok", data: { found: 1, isCut: false } },
    ]);
  });

  test("spans within a process come when they are asked for", async () => {
    const { entries } = await storyOf("?spans=all");
    expect(entries.filter(({ kind }) => kind === "span").map(({ title }) => title)).toContain(
      "TRANSACTION mes",
    );
  });

  test("each service's state is told, who has stored what, and who holds the order", async () => {
    const { states, entries, heldBy, isFinal, graylogUrl } = await storyOf();
    expect(states).toMatchObject([
      { service: "Shop", told: { state: "ok", data: { version: 1, status: "CREATED" } } },
      { service: "CRM", told: { state: "ok", data: { version: 2, status: "MODEL_UPLOADED" } } },
      { service: "MES", told: { state: "ok", data: { version: 2, status: "MODEL_UPLOADED" } } },
    ]);
    expect(entries.find(({ version }) => version === 2)).toMatchObject({
      detail: "by customer anna, stored in CRM, MES",
    });
    expect([heldBy, isFinal]).toEqual(["MES", false]);
    expect(graylogUrl).toBe(
      `http://127.0.0.1:7555/search?q=order_id%3A%22${orderId}%22&rangetype=relative&relative=604800`,
    );
  });

  test("a trace is told with all its spans, one that is not stored without any", async () => {
    const { body } = await gateway.asOperator(`/api/v1/ops/traces/${traceId(1)}`);
    expect(body).toMatchObject({ traceId: traceId(1), spans: { state: "ok" } });
    const { spans } = body as { spans: { data: { spanId: string; failed: boolean }[] } };
    expect(spans.data.map(({ spanId, failed }) => [Number(`0x${spanId}`), failed])).toEqual([
      [1, false],
      [2, false],
      [3, true],
      [4, false],
    ]);
    expect((await gateway.asOperator(`/api/v1/ops/traces/${traceId(7)}`)).body).toMatchObject({
      spans: { state: "ok", data: [] },
    });
  });

  test.each([path, `/api/v1/ops/traces/${traceId(1)}`])("%s is for operators", async (asked) => {
    const { services, get } = gateway;
    const bearer = async (role: "customer" | "seller") => ({
      authorization: `Bearer ${await services.tokenOf(role)}`,
    });
    const callers: Record<string, string>[] = [
      {},
      { "x-service-key": "the gateway's own key" },
      { "x-api-key": "alx_partner_nobody" },
      { authorization: "Bearer no.token.atall" },
      { "x-api-key": partnerKey },
      await bearer("customer"),
      await bearer("seller"),
    ];
    const answers = await Promise.all(callers.map((headers) => get(asked, headers)));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 403, 403, 403]);
    expect((await gateway.asOperator(asked)).status).toBe(200);
  });

  test("what is no id is refused, to those who may ask", async () => {
    for (const asked of ["/api/v1/ops/orders/seven", "/api/v1/ops/traces/seven"]) {
      expect((await gateway.asOperator(asked)).status).toBe(400);
      expect((await gateway.get(asked)).status).toBe(401);
    }
  });

  test("a request about an order has its id on line and span; a look at its story has not", async () => {
    const { host } = gateway;
    host.clear();
    await gateway.get(`/api/v1/orders/${orderId}`);
    await storyOf();
    const [asked, looked] = ["/api/v1/orders/:orderId", "/api/v1/ops/orders/:orderId"];
    const lineOf = (route: string) => host.logs.find((line) => line["http_route"] === route);
    await until(async () => lineOf(asked) !== undefined && lineOf(looked) !== undefined);
    expect([lineOf(asked)?.["order_id"], lineOf(looked)?.["order_id"]]).toEqual([orderId, undefined]);
    const spanOf = (route: string) => host.spans().find(({ name }) => name === `GET ${route}`);
    expect(spanOf(asked)?.attributes["order.id"]).toBe(orderId);
    expect(spanOf(looked)?.attributes["order.id"]).toBeUndefined();
  });

  test("reading a story leaves no spans behind, here or at the services", async () => {
    gateway.host.clear();
    await storyOf();
    expect(gateway.services.traceparents.length).toBeGreaterThan(0);
    for (const header of gateway.services.traceparents) expect(header).toMatch(/-00$/);
    const names = gateway.host.spans().map(({ name }) => name);
    expect(names.filter((name) => name.includes("OrderEventsService"))).toEqual([]);
  });

  test.each(["/ops", `/ops/orders/${orderId}`, `/ops/traces/${traceId(1)}`])(
    "%s is a page under the same policy as all",
    async (page) => {
      const response = await fetch(gateway.url + page);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toContain("text/html");
      expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
    },
  );
});

describe("while something is down", () => {
  beforeEach(open);
  afterEach(close);

  test("a service and a store that are down leave the rest of the story", async () => {
    await storyOf();
    await gateway.services.stop("CRM");
    await traces.close();
    const { states, spans, entries } = await storyOf();
    expect(states.map(({ told }) => told.state)).toEqual(["ok", "failed", "ok"]);
    expect(spans.state).toBe("failed");
    expect(entries.map(({ kind }) => kind)).toEqual(["event", "log", "event"]);
  });

  test("an order is unknown when all three services say so, and not when one could not be asked", async () => {
    const unknown = path.replace("8ab", "000");
    for (const name of ["Shop", "CRM", "MES"] as const) gateway.services.stored[name].length = 0;
    expect(await gateway.asOperator(unknown)).toMatchObject({
      status: 404,
      body: { error: { reason: "ORDER_NOT_FOUND" } },
    });
    await gateway.services.stop("MES");
    expect((await gateway.asOperator(unknown)).status).toBe(200);
  });

  test("whoever is signed in is known while Shop is down", async () => {
    await storyOf();
    await gateway.services.stop("Shop");
    expect((await storyOf()).states[0]?.told.state).toBe("failed");
  });
});

test("without any configuration a story is what the services tell", async () => {
  const bare = await runGateway({});
  bare.services.stored.MES.push(storedEvent(orderId, 1, ["", "CREATED"], start, traceId(1)));
  const { body } = await bare.asOperator(path);
  expect(body).toMatchObject({
    spans: { state: "missing" },
    logs: { state: "missing" },
    entries: [{ version: 1 }],
  });
  await bare.close();
});
