import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { request as send, type Agent } from "undici";
import { AppError } from "../errors";
import type { ServiceHost } from "../lifecycle";
import { currentScope, currentTraceId, injectTrace, recordError, startSpan } from "../telemetry";
import type { HttpRequest } from "./client";
import { httpClientDuration } from "./metrics";
import { errorOfAnswer } from "./problem";

type Peer = { agent: Agent; name: string; baseUrl: string; headers: Record<string, string> | undefined };

/** Sends a request once: span, metric, time limit, and every failure as an AppError. */
export async function attempt<T>(
  host: ServiceHost,
  peer: Peer,
  request: HttpRequest<T>,
  { timeoutMs, resend }: { timeoutMs: number; resend: number },
): Promise<T> {
  const { method } = request;
  const url = urlOf(peer.baseUrl, request);
  const { span, context } = startSpan(request.route ? `${method} ${request.route}` : method, {
    kind: SpanKind.CLIENT,
    attributes: {
      "http.request.method": method,
      "server.address": url.hostname,
      "server.port": Number(url.port) || (url.protocol === "https:" ? 443 : 80),
      "url.full": url.href,
      "peer.service": peer.name,
      ...(resend > 0 ? { "http.request.resend_count": resend } : {}),
    },
  });
  const startedAt = performance.now();
  const limit = limitOf(peer.name, request, timeoutMs);
  let code = "internal";
  try {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const response = await send(url, {
      dispatcher: peer.agent,
      method,
      signal: limit.signal,
      headersTimeout: 0,
      bodyTimeout: 0,
      body: body ?? null,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...peer.headers,
        ...request.headers,
        ...injectTrace(context),
      },
    });
    const text = await response.body.text();
    code = String(response.statusCode);
    span.setAttribute("http.response.status_code", response.statusCode);
    if (response.statusCode >= 400) {
      const retryAfter = response.headers["retry-after"];
      throw errorOfAnswer(peer.name, response.statusCode, parseJson(text), [retryAfter].flat()[0]);
    }
    return readAnswer(peer.name, request, text);
  } catch (thrown) {
    const error = thrown instanceof AppError ? thrown : (limit.failure() ?? unreachable(peer, thrown));
    if (code === "internal") code = error.category;
    recordError(span, error);
    // By the conventions a client span is an error from 400 on; a caller that left made none.
    if (error.category === "cancelled") span.setStatus({ code: SpanStatusCode.UNSET });
    throw error;
  } finally {
    limit.clear();
    const seconds = (performance.now() - startedAt) / 1000;
    host.metrics
      .histogram(httpClientDuration)
      .observe({ client: peer.name, method, code }, seconds, { traceId: currentTraceId(context) });
    span.end();
  }
}

/** One signal for the attempt's own time, the scope's deadline and signal, and the caller's signal; says which it was. */
function limitOf(name: string, request: HttpRequest<unknown>, timeoutMs: number) {
  const scope = currentScope();
  const abort = new AbortController();
  let failure: AppError | undefined;
  const fail = (category: "deadline_exceeded" | "cancelled", reason: string, message: string) => {
    failure ??= new AppError({ category, reason, message });
    abort.abort();
  };
  const leftMs = scope?.deadlineAt === undefined ? Infinity : Math.max(0, scope.deadlineAt - Date.now());
  const ms = Math.min(timeoutMs, leftMs);
  const timer = setTimeout(() => {
    if (leftMs <= timeoutMs)
      fail("deadline_exceeded", "DEADLINE_EXCEEDED", `The deadline passed while ${name} was asked.`);
    else fail("deadline_exceeded", "PEER_TIMEOUT", `${name} did not answer within ${timeoutMs} ms.`);
  }, ms);
  const cancel = () => fail("cancelled", "CANCELLED", `The caller left while ${name} was asked.`);
  const signals = [scope?.signal, request.signal].filter((signal) => signal !== undefined);
  for (const signal of signals) {
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true });
  }
  return {
    signal: abort.signal,
    failure: () => failure,
    clear() {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", cancel);
    },
  };
}

function urlOf(baseUrl: string, { path, query = {} }: HttpRequest<unknown>): URL {
  const url = new URL(`${baseUrl}${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of [value].flat()) url.searchParams.append(name, String(each));
  }
  return url;
}

function readAnswer<T>(name: string, request: HttpRequest<T>, text: string): T {
  const value = text === "" ? undefined : parseJson(text);
  if (text !== "" && value === undefined) throw badAnswer(name, "is no JSON");
  if (!request.schema) return value as T;
  const result = request.schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  throw badAnswer(name, `does not fit: ${faults.slice(0, 5).join("; ")}`);
}

function badAnswer(name: string, fault: string): AppError {
  return new AppError({
    category: "internal",
    reason: "BAD_ANSWER",
    message: `The answer of ${name} ${fault}.`,
  });
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
