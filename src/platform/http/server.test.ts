import { connect } from "node:net";
import { request } from "undici";
import { createTestHost, type TestHost } from "../testing";
import { createHttpServer, type HttpServer } from ".";
import { addProbeRoutes, type ProbeRoutes } from "./testing/probe-routes";

let host: TestHost;
let server: HttpServer;
let url: string;
let seen: ProbeRoutes;

beforeEach(async () => {
  host = createTestHost("gateway");
  server = createHttpServer(host, {
    host: "127.0.0.1",
    port: 0,
    maxBodyBytes: 1_024,
    deadlineMs: 5_000,
    drainMs: 1_000,
  });
  seen = addProbeRoutes(server.app);
  await host.own(server.listen());
  url = `http://127.0.0.1:${server.port}`;
});
afterEach(async () => {
  seen.release();
  await host.close();
  host.clear();
});

type Ending = {
  title: string;
  path: string;
  init?: { method?: "POST"; body?: string; headers?: Record<string, string> };
  status: number;
  route: string;
  reason?: string;
  level: string;
};

const endings: Ending[] = [
  { title: "success", path: "/ok/17?x=1", status: 200, route: "/ok/:id", level: "info" },
  {
    title: "AppError",
    path: "/missing",
    status: 404,
    route: "/missing",
    reason: "ORDER_NOT_FOUND",
    level: "info",
  },
  { title: "AppError with retry", path: "/busy", status: 429, route: "/busy", reason: "BUSY", level: "warn" },
  { title: "unknown error", path: "/bug", status: 500, route: "/bug", reason: "INTERNAL", level: "error" },
  {
    title: "invalid input",
    path: "/input?limit=99",
    status: 400,
    route: "/input",
    reason: "INVALID_INPUT",
    level: "info",
  },
  {
    title: "no such route",
    path: "/nowhere/at/all",
    status: 404,
    route: "unmatched",
    reason: "ROUTE_NOT_FOUND",
    level: "info",
  },
  {
    title: "deadline",
    path: "/slow",
    status: 504,
    route: "/slow",
    reason: "DEADLINE_EXCEEDED",
    level: "warn",
  },
  {
    title: "body too large",
    path: "/echo",
    init: {
      method: "POST",
      body: JSON.stringify("x".repeat(2_000)),
      headers: { "content-type": "application/json" },
    },
    status: 413,
    route: "/echo",
    reason: "BODY_TOO_LARGE",
    level: "info",
  },
  {
    title: "broken JSON",
    path: "/echo",
    init: { method: "POST", body: "{", headers: { "content-type": "application/json" } },
    status: 400,
    route: "/echo",
    reason: "BAD_REQUEST",
    level: "info",
  },
  {
    title: "unknown media type",
    path: "/echo",
    init: { method: "POST", body: "x", headers: { "content-type": "image/png" } },
    status: 415,
    route: "/echo",
    reason: "UNSUPPORTED_MEDIA_TYPE",
    level: "info",
  },
];

test.each(endings)(
  "$title: answer, metric, span and log agree",
  async ({ path, init, status, route, reason, level }) => {
    const response = await request(`${url}${path}`, init);
    const body = (await response.body.json()) as { error?: { reason: string; message: string } };
    expect(response.statusCode).toBe(status);
    expect(body.error?.reason).toBe(reason);
    expect(JSON.stringify(body)).not.toContain("hunter2");
    await expectOutcome(init?.method ?? "GET", route, status, level);
  },
);

async function expectOutcome(method: string, route: string, status: number, level: string): Promise<void> {
  await until(() => requestLines().length === 1);
  const labels = { method, route, code: String(status) };
  expect(await host.metric("http_server_request_duration_seconds_count", labels)).toBe(1);
  expect(await host.metric("http_server_request_duration_seconds_count")).toBe(1);
  expect(await host.metric("http_server_requests_in_flight")).toBe(0);
  const spans = host.spans();
  expect(spans).toHaveLength(1);
  const matched = route !== "unmatched";
  expect(spans[0]).toMatchObject({ name: matched ? `${method} ${route}` : method, kind: 1 });
  expect(spans[0]?.attributes).toMatchObject({
    "http.request.method": method,
    "http.response.status_code": status,
    "url.path": expect.stringMatching("^/[^?]*$"),
    "url.scheme": "http",
    "client.address": "127.0.0.1",
    "network.protocol.version": "1.1",
  });
  expect(spans[0]?.attributes["http.route"]).toBe(matched ? route : undefined);
  expect(spans[0]?.status.code).toBe(status >= 500 ? 2 : 0);
  expect("error.type" in spans[0]!.attributes).toBe(status >= 400);
  expect(await host.metricsText()).toContain(`# {trace_id="${spans[0]?.spanContext().traceId}"}`);
  expect(requestLines()[0]).toMatchObject({
    level,
    http_route: route,
    http_code: status,
    trace_id: spans[0]?.spanContext().traceId,
  });
}

const requestLines = () => host.logs.filter((line) => "http_code" in line);

test("a client that goes away is 499 everywhere, and the handler's signal aborts", async () => {
  const gone = new AbortController();
  const pending = request(`${url}/hang`, { signal: gone.signal });
  await until(async () => (await host.metric("http_server_requests_in_flight", { method: "GET" })) === 1);
  gone.abort();
  await expect(pending).rejects.toThrow();
  await expectOutcome("GET", "/hang", 499, "info");
  expect(seen.aborted).toBe(true);
});

test("a client that goes away half way through its body is 499, not an error of ours", async () => {
  const socket = connect(server.port, "127.0.0.1");
  socket.write(
    "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{",
  );
  await until(async () => (await host.metric("http_server_requests_in_flight", { method: "POST" })) === 1);
  socket.destroy();
  await expectOutcome("POST", "/echo", 499, "info");
});

test("an answer that breaks off half way is no success", async () => {
  const response = await request(`${url}/broken`);
  await expect(response.body.text()).rejects.toThrow();
  await expectOutcome("GET", "/broken", 500, "error");
});

test("events stream until the client leaves", async () => {
  const response = await request(`${url}/events`);
  expect(response.headers["content-type"]).toContain("text/event-stream");
  let text = "";
  for await (const chunk of response.body) {
    text += String(chunk);
    if (text.includes("id: 2")) break;
  }
  expect(text).toContain('id: 1\nevent: tick\ndata: {"i":1}\n\n');
  await expectOutcome("GET", "/events", 499, "info");
});

test("a stream whose source fails says so in an event and is counted by its error", async () => {
  const response = await request(`${url}/bad-events`);
  const text = await response.body.text();
  expect(text).toContain('event: error\ndata: {"error":{"code":"unavailable","reason":"MES_DOWN"');
  await expectOutcome("GET", "/bad-events", 503, "warn");
});

test("the trace, the credentials and the order reach handler, span and log", async () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const response = await request(`${url}/echo`, {
    method: "POST",
    body: "{}",
    headers: {
      "content-type": "application/json",
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      authorization: "Bearer t",
      "x-api-key": "alx_partner_1",
    },
  });
  expect(await response.body.json()).toEqual({
    body: {},
    scope: { authorization: "Bearer t", apiKey: "alx_partner_1" },
    trace: traceId,
  });
  await (await request(`${url}/order`)).body.dump();
  await until(() => requestLines().length === 2);
  expect(requestLines()[1]).toMatchObject({ order_id: "o7", http_route: "/order" });
  expect(host.spans()[1]?.attributes["order.id"]).toBe("o7");
  expect(await host.metricsText()).toContain(`# {trace_id="${traceId}"}`);
});

test("a refusal names when to come back", async () => {
  const response = await request(`${url}/busy`);
  await response.body.dump();
  expect(response.headers["retry-after"]).toBe("2");
  expect(response.headers["x-trace-id"]).toMatch(/^[0-9a-f]{32}$/);
});

test("bytes that are no HTTP are answered with 400 and counted", async () => {
  const answer = await new Promise<string>((resolve) => {
    let text = "";
    const socket = connect(server.port, "127.0.0.1", () => socket.write("NONSENSE\r\n\r\n"));
    socket.on("data", (chunk) => (text += String(chunk)));
    socket.on("close", () => resolve(text));
  });
  expect(answer).toContain("HTTP/1.1 400");
  expect(
    await host.metric("http_server_request_duration_seconds_count", { route: "malformed", code: "400" }),
  ).toBe(1);
  const [span] = host.spans();
  expect(span).toMatchObject({ name: "HTTP", kind: 1, status: { code: 0 } });
  expect(span?.attributes).toMatchObject({ "http.response.status_code": 400, "error.type": "400" });
  expect(requestLines()).toEqual([
    expect.objectContaining({
      level: "info",
      http_route: "malformed",
      http_code: 400,
      trace_id: span?.spanContext().traceId,
    }),
  ]);
});

test("a method that few know is one label, and its word is on the span", async () => {
  await new Promise<void>((resolve) => {
    const socket = connect(server.port, "127.0.0.1", () =>
      socket.end("PROPFIND /ok/1 HTTP/1.1\r\nhost: shop.test:81\r\nconnection: close\r\n\r\n"),
    );
    socket.resume().on("close", () => resolve());
  });
  await until(() => requestLines().length === 1);
  const [span] = host.spans();
  expect(span?.name).toBe("HTTP");
  expect(span?.attributes).toMatchObject({
    "http.request.method": "_OTHER",
    "http.request.method_original": "PROPFIND",
    "server.address": "shop.test",
    "server.port": 81,
  });
  const labels = { method: "_OTHER", route: "unmatched", code: "404" };
  expect(await host.metric("http_server_request_duration_seconds_count", labels)).toBe(1);
  expect(await host.metric("http_server_requests_in_flight")).toBe(0);
});

test("the stop ends event streams, lets open requests finish and refuses new ones", async () => {
  const events = await request(`${url}/events`);
  const hanging = request(`${url}/hang`);
  await until(async () => (await host.metric("http_server_requests_in_flight", { method: "GET" })) === 2);
  const closed = host.close();
  await events.body.text();
  setTimeout(seen.release, 50);
  const response = await hanging;
  expect(await response.body.json()).toEqual({ late: true });
  await closed;
  await expect(request(`${url}/ok/1`)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("a taken port is one clear sentence", async () => {
  const second = createHttpServer(host, {
    host: "127.0.0.1",
    port: server.port,
    maxBodyBytes: 1,
    deadlineMs: 0,
    drainMs: 0,
  });
  await expect(second.listen()).rejects.toThrow(/taken by another process; stop that one or set HTTP_PORT/);
  await second.close();
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 5_000; !(await condition());) {
    if (Date.now() > end) throw new Error("The condition did not come true within 5 s.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
