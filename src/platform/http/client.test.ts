import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { z } from "zod";
import { runInScope, withSpan } from "../telemetry";
import { createTestHost, type TestHost } from "../testing";
import { createHttpClient, type HttpClient } from ".";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let host: TestHost;
let client: HttpClient;
let handler: Handler;
let seen: IncomingMessage[];
let peer: { port: number; close(): Promise<void> };

beforeEach(async () => {
  host = createTestHost("shop");
  seen = [];
  peer = await startPeer();
  client = createHttpClient(host, {
    name: "products",
    baseUrl: `http://127.0.0.1:${peer.port}/v1/`,
    timeoutMs: 300,
  });
  await host.own(client);
});
afterEach(async () => {
  await host.close();
  await peer.close();
  host.clear();
});

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Handler => {
  return (_request, response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
};
const calls = (code: string) =>
  host.metric("http_client_request_duration_seconds_count", { client: "products", code });

test("a request carries query, body, headers and trace, and its answer is checked", async () => {
  handler = json(200, { price: 5 });
  const answer = await withSpan("caller", {}, () =>
    client.request({
      method: "GET",
      path: "/products",
      route: "/products",
      query: { skus: ["1", "2"], limit: 3, none: undefined },
      schema: z.object({ price: z.number() }),
      headers: { "x-key": "k" },
    }),
  );
  expect(answer).toEqual({ price: 5 });
  expect(seen[0]?.url).toBe("/v1/products?skus=1&skus=2&limit=3");
  const [span, caller] = host.spans();
  expect(span).toMatchObject({ name: "GET /products", kind: 2 });
  expect(span?.attributes).toMatchObject({ "http.response.status_code": 200, "peer.service": "products" });
  expect(span?.parentSpanContext?.spanId).toBe(caller?.spanContext().spanId);
  expect(seen[0]?.headers["traceparent"]).toContain(span?.spanContext().spanId);
  expect(await calls("200")).toBe(1);
});

test.each([
  [
    "a Problem",
    409,
    { error: { code: "failed_precondition", reason: "NOT_HOLDER", message: "No." } },
    "failed_precondition",
    "NOT_HOLDER",
  ],
  ["a bare 404", 404, "nothing", "not_found", "HTTP_404"],
  ["a bare 401", 401, {}, "unauthenticated", "HTTP_401"],
  ["a bare 422", 422, {}, "invalid_argument", "HTTP_422"],
  ["a bare 500", 500, {}, "unknown", "HTTP_500"],
])("%s becomes its AppError and is not repeated", async (_title, status, body, category, reason) => {
  handler = json(status, body);
  await expect(client.request({ method: "GET", path: "/x" })).rejects.toMatchObject({ category, reason });
  expect(seen).toHaveLength(1);
  expect(await calls(String(status))).toBe(1);
  expect(host.spans()[0]?.status.code).toBe(2);
});

test("an unavailable peer is asked again, and the attempts are counted apart", async () => {
  handler = (request, response) => json(seen.length < 3 ? 503 : 200, { ok: true })(request, response);
  await expect(client.request({ method: "GET", path: "/x" })).resolves.toEqual({ ok: true });
  expect(seen).toHaveLength(3);
  expect(await calls("503")).toBe(2);
  expect(await host.metric("http_client_retries_total", { client: "products" })).toBe(2);
  expect(host.spans().map((span) => span.attributes["http.request.resend_count"])).toEqual([undefined, 1, 2]);
});

test("a POST is sent once, with an idempotency key again", async () => {
  handler = json(503, {});
  await expect(client.request({ method: "POST", path: "/x", body: {} })).rejects.toMatchObject({
    category: "unavailable",
  });
  expect(seen).toHaveLength(1);
  await expect(
    client.request({ method: "POST", path: "/x", body: {}, headers: { "Idempotency-Key": "k" } }),
  ).rejects.toMatchObject({ category: "unavailable" });
  expect(seen).toHaveLength(4);
});

test("Retry-After is waited for when it is short, and ends the attempts when it is long", async () => {
  handler = json(429, {}, { "retry-after": "0" });
  await expect(client.request({ method: "GET", path: "/x" })).rejects.toMatchObject({
    category: "resource_exhausted",
  });
  expect(seen).toHaveLength(3);
  handler = json(429, {}, { "retry-after": "60" });
  await expect(client.request({ method: "GET", path: "/x" })).rejects.toMatchObject({ retryAfterMs: 60_000 });
  expect(seen).toHaveLength(4);
});

test("a peer that answers too late is deadline_exceeded", async () => {
  handler = () => undefined;
  const pending = client.request({ method: "POST", path: "/x", body: {} });
  await expect(pending).rejects.toMatchObject({ category: "deadline_exceeded", reason: "PEER_TIMEOUT" });
  expect(await calls("deadline_exceeded")).toBe(1);
});

test("a body that stops half way is bounded by the same time", async () => {
  handler = (_request, response) => void response.writeHead(200).write("{");
  const pending = client.request({ method: "POST", path: "/x", body: {} });
  await expect(pending).rejects.toMatchObject({ reason: "PEER_TIMEOUT" });
});

test("the scope's deadline and signal end a request early", async () => {
  handler = () => undefined;
  const startedAt = Date.now();
  const late = runInScope({ deadlineAt: Date.now() + 50, fields: {} }, () =>
    client.request({ method: "GET", path: "/x" }),
  );
  await expect(late).rejects.toMatchObject({ reason: "DEADLINE_EXCEEDED" });
  const abort = new AbortController();
  const left = runInScope({ signal: abort.signal, fields: {} }, () =>
    client.request({ method: "GET", path: "/x" }),
  );
  setTimeout(() => abort.abort(), 20);
  await expect(left).rejects.toMatchObject({ category: "cancelled" });
  expect(Date.now() - startedAt).toBeLessThan(290);
  expect(seen).toHaveLength(2);
});

test("a peer that is not there is unavailable, with its cause", async () => {
  await peer.close();
  await expect(client.request({ method: "GET", path: "/x" })).rejects.toMatchObject({
    category: "unavailable",
    reason: "UNREACHABLE",
    cause: { code: "ECONNREFUSED" },
  });
  expect(await calls("unavailable")).toBe(3);
});

test("an answer that does not fit is BAD_ANSWER and not repeated", async () => {
  handler = json(200, { price: "five" });
  const schema = z.object({ price: z.number() });
  await expect(client.request({ method: "GET", path: "/x", schema })).rejects.toMatchObject({
    reason: "BAD_ANSWER",
    category: "internal",
  });
  handler = (_request, response) => response.end("<html>");
  await expect(client.request({ method: "GET", path: "/x" })).rejects.toThrow(
    "The answer of products is no JSON.",
  );
  expect(seen).toHaveLength(2);
});

test("when most requests fail nothing is repeated any more", async () => {
  handler = json(503, {});
  for (let i = 0; i < 10; i++) await client.request({ method: "GET", path: "/x" }).catch(() => undefined);
  expect(seen.length).toBeLessThan(16);
});

async function startPeer() {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    seen.push(request);
    request.resume();
    handler(request, response);
  });
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
