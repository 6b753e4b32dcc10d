import { request as send, type Agent } from "undici";
import { AppError, categories } from "../errors";
import type { ServiceHost } from "../lifecycle";
import { injectTrace, Operation, SpanKind, type OperationObservers } from "../telemetry";
import { limitOf } from "./attempt-limit";
import type { HttpRequest } from "./client";
import { httpClientDuration, httpClientInFlight } from "./metrics";
import { errorOfAnswer } from "./problem";
import { badAnswer, parseJson, readAnswer } from "./read-answer";

type Peer = { agent: Agent; name: string; baseUrl: string; headers: Record<string, string> | undefined };

/** Sends a request once: one outcome for span, metric and log line, a time limit, and every failure as an AppError. */
export async function attempt<T>(
  host: ServiceHost,
  peer: Peer,
  request: HttpRequest<T>,
  { timeoutMs, resend }: { timeoutMs: number; resend: number },
): Promise<T> {
  const url = urlOf(peer.baseUrl, request);
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const operation = startOperation(host, peer.name, request, url, resend);
  const limit = limitOf(peer.name, request, timeoutMs);
  const bytesOut = body === undefined ? 0 : Buffer.byteLength(body);
  let status: number | undefined;
  let bytesIn = 0;
  try {
    const response = await operation.run(() =>
      send(url, {
        dispatcher: peer.agent,
        method: request.method,
        signal: limit.signal,
        headersTimeout: 0,
        bodyTimeout: 0,
        body: body ?? null,
        headers: {
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...peer.headers,
          ...request.headers,
          ...injectTrace(operation.context),
        },
      }),
    );
    operation.span.setAttribute("http.response.status_code", response.statusCode);
    const text = await response.body.text();
    status = response.statusCode;
    bytesIn = Buffer.byteLength(text);
    if (status >= 400) {
      const retryAfter = response.headers["retry-after"];
      throw errorOfAnswer(peer.name, status, parseJson(text), [retryAfter].flat()[0]);
    }
    const answer = readAnswer(peer.name, request, text);
    operation.settle({ code: String(status), bytesIn, bytesOut });
    return answer;
  } catch (thrown) {
    const error = thrown instanceof AppError ? thrown : (limit.failure() ?? unreachable(peer, thrown));
    // A status that promises success is none when its answer is of no use.
    const code = status !== undefined && status >= 400 ? String(status) : error.category;
    operation.settle({ code, error, bytesIn, bytesOut });
    throw error;
  } finally {
    limit.clear();
  }
}

function startOperation(
  host: ServiceHost,
  client: string,
  { method, route }: HttpRequest<unknown>,
  url: URL,
  resend: number,
): Operation {
  const attributes = {
    "http.request.method": method,
    "server.address": url.hostname,
    "server.port": Number(url.port) || (url.protocol === "https:" ? 443 : 80),
    "url.full": withoutSecrets(url),
    "peer.service": client,
    ...(route !== undefined && { "url.template": route }),
    ...(resend > 0 && { "http.request.resend_count": resend }),
  };
  const name = route === undefined ? method : `${method} ${route}`;
  const observers: OperationObservers = {
    inFlight: host.metrics.gauge(httpClientInFlight).child({ client }),
    count({ code, seconds }, traceId) {
      host.metrics.histogram(httpClientDuration).observe({ client, method, code }, seconds, { traceId });
    },
    // By the conventions a client span is an error from 400 on; a caller that left made none.
    isFault: ({ code }) => code !== "cancelled",
    write({ code, error, seconds, bytesIn, bytesOut }) {
      // Who asked logs what becomes of it; a line here is worth while only when the peer is in trouble.
      const level = error instanceof AppError && categories[error.category].retryable ? "warn" : "debug";
      const line = {
        http_peer: client,
        http_method: method,
        http_route: route,
        http_code: code,
        ms: Math.round(seconds * 1e6) / 1e3,
        bytes_in: bytesIn,
        bytes_out: bytesOut,
        ...(resend > 0 && { attempt: resend + 1 }),
        ...(error instanceof AppError && { reason: error.reason, fault: error.message }),
      };
      host.log[level](line, `${name} of ${client} ${code}`);
    },
  };
  return new Operation(name, { kind: SpanKind.CLIENT, attributes }, observers);
}

/** Query parameters that are credentials (semantic conventions for `url.full`). */
const secretParameters = ["AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature", "X-Amz-Signature"];

function withoutSecrets(url: URL): string {
  const shown = new URL(url);
  if (shown.username !== "") shown.username = "REDACTED";
  if (shown.password !== "") shown.password = "REDACTED";
  for (const name of secretParameters) {
    if (shown.searchParams.has(name)) shown.searchParams.set(name, "REDACTED");
  }
  return shown.href;
}

function urlOf(baseUrl: string, { path, query = {} }: HttpRequest<unknown>): URL {
  const url = new URL(`${baseUrl}${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of [value].flat()) url.searchParams.append(name, String(each));
  }
  return url;
}

function unreachable(peer: Peer, cause: unknown): AppError {
  const { code } = cause as { code?: unknown };
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return badAnswer(peer.name, "is larger than allowed");
  return new AppError({
    category: "unavailable",
    reason: "UNREACHABLE",
    message: `${peer.name} cannot be reached.`,
    cause,
  });
}
