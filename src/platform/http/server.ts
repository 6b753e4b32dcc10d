import { STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import { context } from "@opentelemetry/api";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { AppError } from "../errors";
import type { Closable, ServiceHost } from "../lifecycle";
import { extractTrace, SpanKind, startSpan, withScope, type Scope } from "../telemetry";
import { withFigures } from "./body-limit";
import { exchangeOf, keepExchange, methodLabel, settle, type Exchange } from "./exchange";
import { settleMalformed } from "./malformed";
import { httpServerDuration, httpServerInFlight } from "./metrics";
import { boundPipelining } from "./pipelining";
import { answerOf, problemOf } from "./problem";
import type { HttpServerConfig } from "./settings";

declare module "fastify" {
  interface FastifyContextConfig {
    /** How long this route may take, in milliseconds; 0 for ever, for event streams and uploads. */
    deadlineMs?: number;
  }
}

/** A fastify instance whose requests are all measured, traced and logged. */
export type HttpServer = Closable & {
  /** Add routes here before `listen`. Handlers throw AppError and return what is sent. */
  readonly app: FastifyInstance;
  readonly port: number;
  listen(): Promise<HttpServer>;
};

/**
 * Makes an HTTP server. Each request is settled once, however it ends, into metric, span and log line, and runs in a scope: deadline
 * (`config.deadlineMs` of the route, else the server's), a signal that aborts when the client goes away or the deadline passes,
 * and the credentials of `Authorization` and `X-Api-Key`. Errors answer with a Problem. `close` refuses new requests, ends event
 * streams, and lets open requests finish for `drainMs`.
 */
export function createHttpServer(host: ServiceHost, config: HttpServerConfig): HttpServer {
  const closing = new AbortController();
  const app = fastify({
    logger: false,
    bodyLimit: config.maxBodyBytes,
    forceCloseConnections: "idle",
    // Longer than the idle time of common proxies, so that they close first and never meet a closing socket.
    keepAliveTimeout: 75_000,
    clientErrorHandler(error, socket) {
      const { code = "" } = error as NodeJS.ErrnoException;
      // A connection that ends within a request settles that request; only bytes that never became one count here.
      if (leftEarly.has(code) || !socket.writable) return void socket.destroy();
      const status = clientErrorStatus[code] ?? 400;
      settleMalformed(host, status, error, socket.remoteAddress);
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
      );
    },
  });
  boundPipelining(app.server, host.log);
  observe(app, host, config, closing.signal);
  const stop = () => closing.abort();
  host.stopping.addEventListener("abort", stop, { once: true });

  const server: HttpServer = {
    app,
    get port() {
      return (app.server.address() as AddressInfo | null)?.port ?? config.port;
    },
    async listen() {
      try {
        await app.listen({ host: config.host, port: config.port });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
        const message = `The HTTP port ${config.host}:${config.port} is taken by another process; stop that one or set HTTP_PORT.`;
        throw new Error(message, { cause: error });
      }
      host.log.info({ port: server.port }, "HTTP server is listening");
      return server;
    },
    async close() {
      host.stopping.removeEventListener("abort", stop);
      closing.abort();
      const timer = setTimeout(() => app.server.closeAllConnections(), config.drainMs);
      try {
        await app.close();
      } finally {
        clearTimeout(timer);
      }
    },
  };
  return server;
}

const leftEarly = new Set(["ECONNRESET", "HPE_INVALID_EOF_STATE"]);
const clientErrorStatus: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

function observe(
  app: FastifyInstance,
  host: ServiceHost,
  config: HttpServerConfig,
  closing: AbortSignal,
): void {
  const { metrics, log } = host;
  const inFlight = metrics.gauge(httpServerInFlight);
  const duration = metrics.histogram(httpServerDuration);

  // The series of success and of failure exist before the first request, so that rate() sees the first failure.
  app.addHook("onRoute", ({ method, url }) => {
    for (const each of [method].flat())
      for (const code of ["200", "500"]) duration.child({ method: each, route: url, code });
  });
  app.addHook("onRequest", (request, reply, done) => {
    const exchange = begin(request, config, closing);
    keepExchange(request, exchange);
    inFlight.inc({ method: exchange.method });
    reply.raw.once("close", () => {
      clearTimeout(exchange.deadline);
      context.with(exchange.context, () => settle(exchange, reply, metrics, log));
      exchange.abort.abort();
    });
    startDeadline(exchange, reply);
    context.with(exchange.context, done);
  });
  // The body's parser answers from the socket's own asynchronous context, so the scope is entered again after it.
  app.addHook("preValidation", (request, _reply, done) => {
    const exchange = exchangeOf(request);
    if (exchange) context.with(exchange.context, done);
    else done();
  });
  app.addHook("onSend", async (request, _reply, payload) => {
    const exchange = exchangeOf(request);
    if (exchange && isStream(payload)) payload.once("error", (error) => (exchange.error ??= error));
    return payload;
  });
  app.setErrorHandler((thrown, request, reply) => sendProblem(withFigures(thrown, request), request, reply));
  app.setNotFoundHandler((request, reply) => {
    const message = `There is no ${request.method} ${request.url.split("?")[0]}.`;
    return sendProblem(
      new AppError({ category: "not_found", reason: "ROUTE_NOT_FOUND", message }),
      request,
      reply,
    );
  });
}

function begin(request: FastifyRequest, config: HttpServerConfig, closing: AbortSignal): Exchange {
  const method = methodLabel(request.method);
  const route = request.is404 ? "unmatched" : (request.routeOptions.url ?? "unmatched");
  const path = request.url.split("?")[0] ?? "/";
  const { span, context: traced } = startSpan(spanName(request), {
    kind: SpanKind.SERVER,
    parent: extractTrace(request.headers),
    attributes: {
      "http.request.method": method,
      ...(method === "_OTHER" && { "http.request.method_original": request.method }),
      ...(!request.is404 && { "http.route": route }),
      "url.path": path,
      "url.scheme": request.protocol,
      "server.address": request.hostname,
      ...(request.port !== null && { "server.port": request.port }),
      "client.address": request.ip,
      "network.protocol.version": request.raw.httpVersion,
      "user_agent.original": request.headers["user-agent"],
    },
  });
  const deadlineMs = request.routeOptions.config.deadlineMs ?? config.deadlineMs;
  const apiKey = request.headers["x-api-key"];
  const abort = new AbortController();
  const scope: Scope = {
    deadlineAt: deadlineMs > 0 ? Date.now() + deadlineMs : undefined,
    signal: abort.signal,
    credentials: {
      authorization: request.headers.authorization,
      apiKey: typeof apiKey === "string" ? apiKey : undefined,
    },
    fields: {},
  };
  const { bytesWritten: sentBefore, bytesRead: receivedBefore } = request.raw.socket;
  const startedAt = performance.now();
  const base = { method, route, path, startedAt, receivedBefore, sentBefore, span, scope, abort, closing };
  return { ...base, context: withScope(scope, traced), deadline: undefined, error: undefined };
}

/** As the semantic conventions ask: never the path, which anybody chooses, nor a method that nobody knows. */
function spanName({ method, is404, routeOptions }: FastifyRequest): string {
  const known = methodLabel(method) === "_OTHER" ? "HTTP" : method;
  return is404 ? known : `${known} ${routeOptions.url}`;
}

function startDeadline(exchange: Exchange, reply: FastifyReply): void {
  const { deadlineAt } = exchange.scope;
  if (deadlineAt === undefined) return;
  const ms = deadlineAt - Date.now();
  exchange.deadline = setTimeout(() => {
    const message = `The request took longer than its ${ms} ms.`;
    const error = new AppError({ category: "deadline_exceeded", reason: "DEADLINE_EXCEEDED", message });
    exchange.error ??= error;
    exchange.abort.abort(error);
    if (reply.raw.headersSent) reply.raw.destroy();
    else if (!reply.sent) void sendProblem(error, reply.request, reply);
  }, ms);
}

function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, error } = answerOf(thrown);
  const exchange = exchangeOf(request);
  if (exchange) exchange.error ??= thrown;
  if (reply.sent) return reply;
  if (error.retryAfterMs !== undefined) reply.header("retry-after", Math.ceil(error.retryAfterMs / 1000));
  const traceId = exchange?.span.spanContext().traceId;
  if (traceId) reply.header("x-trace-id", traceId);
  return reply.code(status).send(problemOf(error));
}

function isStream(payload: unknown): payload is NodeJS.ReadableStream {
  return typeof payload === "object" && payload !== null && "pipe" in payload;
}
