import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createReceiver } from "./receiver";
import { TraceStore } from "./trace-store";

let folder: string;
let server: Server;
let base: string;

const traceId = (n: number): string => n.toString(16).padStart(32, "0");
const body = (n: number, orderId: string, parentSpanId?: string): unknown => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "mes" } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: traceId(n),
              spanId: "00000000000000aa",
              ...(parentSpanId ? { parentSpanId } : {}),
              name: "UploadModel",
              kind: 2,
              startTimeUnixNano: "1700000000000000000",
              endTimeUnixNano: "1700000000012345678",
              attributes: [
                { key: "order.id", value: { stringValue: orderId } },
                { key: "bytes", value: { intValue: "42" } },
              ],
              status: { code: 2, message: "broken" },
            },
          ],
        },
      ],
    },
  ],
});
const post = (value: unknown): Promise<Response> =>
  fetch(`${base}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  });
const get = async (path: string): Promise<unknown> => (await fetch(base + path)).json();

const start = async (maxBytes: number): Promise<void> => {
  server = createReceiver(new TraceStore(folder, maxBytes));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "alexandrite-otlp-"));
  await start(1_000_000);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

test("a stored trace is read back by its id", async () => {
  expect((await post(body(1, "o-1"))).status).toBe(200);
  expect(await get(`/traces/${traceId(1)}`)).toEqual({
    traceId: traceId(1),
    spans: [
      {
        traceId: traceId(1),
        spanId: "00000000000000aa",
        service: "mes",
        name: "UploadModel",
        kind: "SERVER",
        startMs: 1_700_000_000_000,
        durationMs: 12.345,
        attributes: { "order.id": "o-1", bytes: 42 },
        status: "ERROR",
        statusMessage: "broken",
      },
    ],
  });
});

test("traces are found by an attribute of any of their spans", async () => {
  await post(body(1, "o-1"));
  await post(body(2, "o-2"));
  await post(body(2, "other", "00000000000000bb"));
  expect(await get("/traces?attr=order.id=o-2")).toEqual({
    traces: [
      {
        traceId: traceId(2),
        startMs: 1_700_000_000_000,
        durationMs: 12.345,
        root: "mes: UploadModel",
        services: ["mes"],
        spans: 2,
        errors: 2,
      },
    ],
  });
});

test("spans are found by an attribute, whichever their traces, the newest of them when there are too many", async () => {
  for (let n = 1; n <= 3; n++) await post(body(n, "o-1"));
  await post(body(4, "o-2"));
  const found = async (query: string): Promise<string[]> =>
    ((await get(`/spans?${query}`)) as { spans: { traceId: string }[] }).spans.map((span) => span.traceId);
  expect(await found("attr=order.id=o-1")).toEqual([1, 2, 3].map(traceId));
  expect(await found("attr=order.id=o-1&limit=2")).toEqual([2, 3].map(traceId));
  expect((await fetch(`${base}/spans`)).status).toBe(400);
});

test("a compressed request is understood, protobuf is refused with what to set", async () => {
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };
  const packed = gzipSync(JSON.stringify(body(3, "o-3")));
  expect((await fetch(`${base}/v1/traces`, { method: "POST", headers, body: packed })).status).toBe(200);
  const refused = await fetch(`${base}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: "x",
  });
  expect(refused.status).toBe(415);
  expect(await refused.text()).toContain("OTEL_EXPORTER_OTLP_PROTOCOL=http/json");
});

test("the oldest spans go when the store is full, and it starts again with what it has", async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await start(2_000);
  for (let n = 1; n <= 20; n++) await post(body(n, "o"));
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
  await start(2_000);
  expect(((await get("/traces?attr=order.id=o")) as { traces: unknown[] }).traces.length).toBeLessThan(10);
  expect((await fetch(`${base}/traces/${traceId(1)}`)).status).toBe(404);
  expect((await fetch(`${base}/traces/${traceId(20)}`)).status).toBe(200);
});

test("it says of itself that it is not Jaeger", async () => {
  expect(JSON.stringify(await get("/"))).toContain("not Jaeger");
});
