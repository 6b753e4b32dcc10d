import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import { readSpans } from "./spans";
import type { Forward } from "./forward";
import type { TraceStore } from "./trace-store";

const maxBodyBytes = 32 * 1024 * 1024;
const self = {
  name: "Alexandrite trace store",
  note: "A small receiver of OTLP/HTTP traces in JSON for where no Jaeger runs. It is not Jaeger: it keeps the newest spans, and has no UI.",
  read: [
    "GET /traces/<trace_id>",
    "GET /traces?attr=order.id=<id>&limit=20",
    "GET /traces?attr=status=ERROR&attr=service=<name>",
    "GET /spans?attr=order.id=<id>&limit=1000",
  ],
};

/** The HTTP doors of the trace store: `POST /v1/traces` as OTLP says, and two ways to read. */
export function createReceiver(store: TraceStore, forward?: Forward): Server {
  return createServer((request, response) => {
    route(store, request, forward).then(
      ({ status, body }) => send(response, status, body),
      (error: Error) => send(response, 400, { error: error.message }),
    );
  });
}

async function route(
  store: TraceStore,
  request: IncomingMessage,
  forward?: Forward,
): Promise<{ status: number; body: unknown }> {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (request.method === "POST" && url.pathname === "/v1/traces") return receive(store, request, forward);
  if (request.method !== "GET") return { status: 405, body: { error: "POST /v1/traces, or GET", ...self } };
  if (url.pathname === "/" || url.pathname === "/healthz") return { status: 200, body: self };
  if (url.pathname === "/traces") {
    const attributes = url.searchParams.getAll("attr").map(readPair);
    const limit = Math.min(Number(url.searchParams.get("limit") ?? 20) || 20, 1_000);
    return { status: 200, body: { traces: await store.find(attributes, limit) } };
  }
  if (url.pathname === "/spans") {
    const attributes = url.searchParams.getAll("attr").map(readPair);
    if (attributes.length === 0) return { status: 400, body: { error: "say which: attr=<name>=<value>" } };
    const limit = Math.min(Number(url.searchParams.get("limit") ?? 1_000) || 1_000, 10_000);
    return { status: 200, body: { spans: await store.spans(attributes, limit) } };
  }
  const traceId = /^\/traces\/([0-9a-f]{32})$/i.exec(url.pathname)?.[1]?.toLowerCase();
  if (traceId === undefined) return { status: 404, body: { error: "no such page", ...self } };
  const spans = await store.trace(traceId);
  if (spans.length === 0) return { status: 404, body: { error: `no span of trace ${traceId} is stored` } };
  return { status: 200, body: { traceId, spans } };
}

async function receive(
  store: TraceStore,
  request: IncomingMessage,
  forward?: Forward,
): Promise<{ status: number; body: unknown }> {
  if (!request.headers["content-type"]?.startsWith("application/json")) {
    return {
      status: 415,
      body: { error: "only JSON is understood: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json" },
    };
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBodyBytes) return { status: 413, body: { error: `more than ${maxBodyBytes} bytes` } };
    chunks.push(chunk as Buffer);
  }
  const raw = Buffer.concat(chunks);
  const text =
    request.headers["content-encoding"] === "gzip" ? gunzipSync(raw, { maxOutputLength: maxBodyBytes }) : raw;
  store.add(readSpans(JSON.parse(text.toString("utf8"))));
  const encoding = request.headers["content-encoding"];
  void forward?.(raw, {
    "content-type": "application/json",
    ...(encoding ? { "content-encoding": encoding } : {}),
  });
  return { status: 200, body: { partialSuccess: {} } };
}

/** `order.id=42` as a pair; the value may hold further equals signs. */
function readPair(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new Error(`attr=${text} is not understood: use attr=<name>=<value>`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", server: "alexandrite-trace-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
