import type { IncomingMessage } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError, categories } from "../errors";
import {
  currentTraceId,
  recordError,
  SpanStatusCode,
  type Context,
  type Logger,
  type Metrics,
  type Outcome,
} from "../telemetry";
import type { Scope, Span } from "../telemetry";
import {
  httpServerDuration,
  httpServerInFlight,
  httpServerReceivedBytes,
  httpServerSentBytes,
} from "./metrics";
import { answerOf } from "./problem";

/** One request from its head to the end of its answer. */
export type Exchange = {
  readonly method: string;
  /** The route's pattern; `unmatched` when there is none for the path. */
  readonly route: string;
  readonly path: string;
  readonly startedAt: number;
  /** What the connection had received and sent before this request. */
  readonly receivedBefore: number;
  readonly sentBefore: number;
  readonly span: Span;
  readonly context: Context;
  readonly scope: Scope;
  /** Aborts the scope's signal: the client went away, the deadline passed, or the server stops a stream. */
  readonly abort: AbortController;
  /** Aborted when the server begins to stop; streams end on it. */
  readonly closing: AbortSignal;
  deadline: NodeJS.Timeout | undefined;
  /** What went wrong, when something did. */
  error: unknown;
};

const exchanges = new WeakMap<IncomingMessage, Exchange>();

export function exchangeOf(request: FastifyRequest): Exchange | undefined {
  return exchanges.get(request.raw);
}

export function keepExchange(request: FastifyRequest, exchange: Exchange): void {
  exchanges.set(request.raw, exchange);
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** The method as a label: anybody can send any word. */
export function methodLabel(method: string): string {
  return methods.has(method) ? method : "_OTHER";
}

/**
 * Settles an exchange when its answer has been closed: one outcome for metric, span and log. An answer that was sent whole has its status;
 * one that broke off has the status of its error, or 499 when it was the client who went away.
 */
export function settle(exchange: Exchange, reply: FastifyReply, metrics: Metrics, log: Logger): void {
  const { raw } = reply;
  const complete = raw.writableFinished;
  const status =
    complete && !isStreamFault(exchange, raw.statusCode)
      ? raw.statusCode
      : brokenStatus(exchange, reply.request.raw);
  const outcome: Outcome = {
    code: String(status),
    error: exchange.error,
    seconds: (performance.now() - exchange.startedAt) / 1000,
    bytesIn: bytesOf(reply.request.raw, exchange),
    bytesOut: Math.max(0, (reply.request.raw.socket?.bytesWritten ?? 0) - exchange.sentBefore),
  };
  count(exchange, outcome, metrics);
  mark(exchange, status, outcome);
  write(exchange, status, outcome, log);
}

/** A stream whose head said 200 and which then failed is no success. */
function isStreamFault(exchange: Exchange, status: number): boolean {
  return exchange.error !== undefined && status < 400;
}

function brokenStatus(exchange: Exchange, request: IncomingMessage): number {
  // A body that broke off makes whatever read it fail, but the reason is the client.
  if (exchange.error === undefined || !request.complete) return 499;
  return answerOf(exchange.error).status;
}

/** The body's declared length; a chunked body is what the connection received meanwhile. */
function bytesOf(request: IncomingMessage, { receivedBefore }: Exchange): number {
  const declared = request.headers["content-length"];
  if (declared !== undefined) return Number(declared) || 0;
  return request.headers["transfer-encoding"]
    ? Math.max(0, (request.socket?.bytesRead ?? 0) - receivedBefore)
    : 0;
}

function count(exchange: Exchange, outcome: Outcome, metrics: Metrics): void {
  const { method, route } = exchange;
  const traceId = currentTraceId(exchange.context);
  metrics
    .histogram(httpServerDuration)
    .observe({ method, route, code: outcome.code }, outcome.seconds, { traceId });
  metrics.gauge(httpServerInFlight).dec({ method });
  metrics.counter(httpServerReceivedBytes).inc({ route }, outcome.bytesIn);
  metrics.counter(httpServerSentBytes).inc({ route }, outcome.bytesOut);
}

function mark({ span }: Exchange, status: number, outcome: Outcome): void {
  span.setAttribute("http.response.status_code", status);
  // By the conventions a 4xx is the client's fault and leaves a server span's status unset.
  if (status >= 500) {
    if (outcome.error === undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    else recordError(span, outcome.error);
  }
  if (status >= 400 && (status < 500 || outcome.error === undefined))
    span.setAttribute("error.type", errorType(status, outcome.error));
  span.end();
}

function errorType(status: number, error: unknown): string {
  return error instanceof AppError ? error.reason : String(status);
}

function write(exchange: Exchange, status: number, outcome: Outcome, log: Logger): void {
  const level =
    status < 400
      ? "info"
      : status === 499
        ? "info"
        : categories[answerOf(exchange.error).error.category].logLevel;
  const line = {
    http_method: exchange.method,
    http_route: exchange.route,
    http_path: exchange.path,
    http_code: status,
    ms: Math.round(outcome.seconds * 1e6) / 1e3,
    bytes_in: outcome.bytesIn,
    bytes_out: outcome.bytesOut,
    ...(exchange.error === undefined ? {} : { err: exchange.error }),
  };
  log[exchange.error === undefined && status >= 500 ? "error" : level](
    line,
    `${exchange.method} ${exchange.path} ${status}`,
  );
}
