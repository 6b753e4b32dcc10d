import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { runInScope } from "../telemetry";
import { createTestHost, type TestHost } from "../testing";
import { createHttpClient, type HttpClient } from ".";

let host: TestHost;
let client: HttpClient;
let server: Server;
let answer: RequestListener;

beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  host = createTestHost("shop");
  host.clear();
  client = await host.own(clientOf((server.address() as AddressInfo).port));
});
afterEach(async () => {
  await host.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const clientOf = (port: number) =>
  createHttpClient(host, {
    name: "products",
    baseUrl: `http://127.0.0.1:${port}`,
    timeoutMs: 1_000,
    retries: 0,
    maxAnswerBytes: 1_000,
  });
const ask = (on = client) =>
  on.request({
    method: "POST",
    path: "/products/17",
    route: "/products/{id}",
    body: { wish: 1 },
    schema: z.object({ price: z.number() }),
  });
const says = (status: number, body: unknown) => () => {
  answer = (_request, response) => void response.writeHead(status).end(JSON.stringify(body));
};
const silent = () => void (answer = () => undefined);
const half = (cut: boolean) => () => {
  answer = (_request, response) => {
    response.writeHead(200, { "content-length": "100" }).write("{");
    if (cut) setTimeout(() => response.destroy(), 20);
  };
};

type Ending = {
  title: string;
  given: () => void;
  call?: () => Promise<unknown>;
  code: string;
  reason?: string;
  level?: "warn";
};
const endings: Ending[] = [
  { title: "an answer that fits", given: says(200, { price: 5 }), code: "200" },
  {
    title: "an answer that does not fit",
    given: says(200, { price: "5" }),
    code: "internal",
    reason: "BAD_ANSWER",
  },
  {
    title: "an answer that is too large",
    given: says(200, "x".repeat(2_000)),
    code: "internal",
    reason: "BAD_ANSWER",
  },
  { title: "a refusal", given: says(404, {}), code: "404", reason: "HTTP_404" },
  { title: "a client that the peer gave up", given: says(499, {}), code: "499", reason: "HTTP_499" },
  { title: "a fault of the peer", given: says(500, {}), code: "500", reason: "HTTP_500" },
  { title: "a peer that is busy", given: says(503, {}), code: "503", reason: "HTTP_503", level: "warn" },
  { title: "silence", given: silent, code: "deadline_exceeded", reason: "PEER_TIMEOUT", level: "warn" },
  {
    title: "half an answer and silence",
    given: half(false),
    code: "deadline_exceeded",
    reason: "PEER_TIMEOUT",
    level: "warn",
  },
  { title: "half an answer", given: half(true), code: "unavailable", reason: "UNREACHABLE", level: "warn" },
  {
    title: "the scope's deadline",
    given: silent,
    call: () => runInScope({ deadlineAt: Date.now() + 50, fields: {} }, () => ask()),
    code: "deadline_exceeded",
    reason: "DEADLINE_EXCEEDED",
    level: "warn",
  },
  {
    title: "a caller that leaves",
    given: silent,
    call: () => runInScope({ signal: AbortSignal.timeout(50), fields: {} }, () => ask()),
    code: "cancelled",
    reason: "CANCELLED",
  },
  {
    title: "a caller that has left",
    given: silent,
    call: () => runInScope({ signal: AbortSignal.abort(), fields: {} }, () => ask()),
    code: "cancelled",
    reason: "CANCELLED",
  },
  {
    title: "nobody there",
    given: silent,
    call: async () => ask(await host.own(clientOf(1))),
    code: "unavailable",
    reason: "UNREACHABLE",
    level: "warn",
  },
];

test.each(endings)("$title: metric, span and log say $code", async (ending) => {
  const { given, call = () => ask(), code, reason, level = "debug" } = ending;
  given();
  await call().then(
    () => expect(reason).toBeUndefined(),
    (error: unknown) => expect(error).toMatchObject({ name: "AppError", reason }),
  );
  const labels = { client: "products", method: "POST", code };
  expect(await host.metric("http_client_request_duration_seconds_count", labels)).toBe(1);
  expect(await host.metric("http_client_request_duration_seconds_count")).toBe(1);
  expect(await host.metric("http_client_requests_in_flight")).toBe(0);
  const spans = host.spans();
  expect(spans).toHaveLength(1);
  expect(spans[0]).toMatchObject({ name: "POST /products/{id}", kind: 2 });
  expect(spans[0]?.status.code).toBe(reason !== undefined && code !== "cancelled" ? 2 : 0);
  expect(spans[0]?.attributes).toMatchObject({
    "http.request.method": "POST",
    "server.address": "127.0.0.1",
    "server.port": expect.any(Number),
    "url.full": expect.stringMatching("/products/17$"),
    "url.template": "/products/{id}",
  });
  expect(spans[0]?.attributes["error.type"]).toBe(reason);
  const { traceId } = spans[0]!.spanContext();
  const lines = host.logs.filter((line) => "http_peer" in line);
  expect(lines).toEqual([expect.objectContaining({ level, http_code: code, trace_id: traceId })]);
  expect(await host.metricsText()).toMatch(
    new RegExp(`^http_client_request.*# {trace_id="${traceId}"}`, "m"),
  );
});

test("a request is in flight until its answer has been read", async () => {
  half(false)();
  const pending = ask();
  expect(await host.metric("http_client_requests_in_flight", { client: "products" })).toBe(1);
  await expect(pending).rejects.toMatchObject({ reason: "PEER_TIMEOUT" });
  expect(await host.metric("http_client_requests_in_flight", { client: "products" })).toBe(0);
});

test("credentials in a URL are not on the span", async () => {
  says(200, {})();
  const port = (server.address() as AddressInfo).port;
  const signed = await host.own(
    createHttpClient(host, { name: "store", baseUrl: `http://ada:hunter2@127.0.0.1:${port}` }),
  );
  await signed.request({ method: "GET", path: "/a", query: { "X-Amz-Signature": "hunter2", page: 1 } });
  const shown = host.spans()[0]?.attributes["url.full"];
  expect(shown).toBe(`http://REDACTED:REDACTED@127.0.0.1:${port}/a?X-Amz-Signature=REDACTED&page=1`);
});

test("a body that cannot be sent leaves nothing in flight", async () => {
  const endless: Record<string, unknown> = {};
  endless["self"] = endless;
  await expect(client.request({ method: "POST", path: "/x", body: endless })).rejects.toThrow("circular");
  expect(await host.metric("http_client_requests_in_flight")).toBe(0);
});
