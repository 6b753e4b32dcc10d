import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorChain } from "../errors";
import { logLevels, type LoggerLevel, type Metrics } from "../telemetry";
import type { AdminRoute } from "./host";
import type { Readiness } from "./readiness";

export type AdminDeps = {
  host: string;
  port: number;
  metrics: Metrics;
  readiness: Readiness;
  /** Further routes by method and path. */
  routes: ReadonlyMap<string, AdminRoute>;
  /** Current level; called with one it changes it. */
  logLevel: (to?: LoggerLevel) => string;
};

export type AdminServer = { readonly port: number; close(): Promise<void> };

/**
 * Opens the admin port: `GET /metrics` (OpenMetrics with exemplars), `/livez`, `/readyz` (503 with the failing checks),
 * `GET` and `PUT /log-level` with `{"level":"debug"}`. Plain node:http, so that it works whatever the service serves.
 */
export async function openAdmin(deps: AdminDeps): Promise<AdminServer> {
  const server = createServer((request, response) => {
    answer(deps, request, response).catch((error: unknown) => {
      if (!response.headersSent) send(response, 500, { error: errorChain(error) });
      else response.destroy();
    });
  });
  server.keepAliveTimeout = 75_000;
  await listen(server, deps);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(deps: AdminDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "/").split("?")[0];
  const route = `${request.method === "HEAD" ? "GET" : request.method} ${path}`;
  switch (route) {
    case "GET /metrics": {
      const text = await deps.metrics.collect();
      response.writeHead(200, { "content-type": deps.metrics.contentType }).end(text);
      return;
    }
    case "GET /livez":
      return send(response, 200, { alive: true });
    case "GET /readyz": {
      const report = await deps.readiness.report();
      return send(response, report.ready ? 200 : 503, report);
    }
    case "GET /log-level":
      return send(response, 200, { level: deps.logLevel() });
    case "PUT /log-level": {
      const asked = levelIn(await readBody(request, 1_024));
      if ("error" in asked) return send(response, 400, { ...asked, allowed: logLevels });
      return send(response, 200, { level: deps.logLevel(asked.level) });
    }
    default: {
      const further = deps.routes.get(route);
      if (further) {
        const { status, body } = await further({
          headers: request.headers,
          body: await readBody(request, 16_384),
        });
        return send(response, status, body);
      }
      return send(response, 404, {
        error: "There are GET /metrics, /livez, /readyz, /log-level and PUT /log-level.",
      });
    }
  }
}

function levelIn(body: string): { level: LoggerLevel } | { error: string } {
  const example = `send {"level":"debug"}, or another of ${logLevels.join(", ")}`;
  let asked: unknown;
  try {
    asked = (JSON.parse(body) as { level?: unknown } | null)?.level;
  } catch {
    return { error: `The body is not JSON: ${example}.` };
  }
  if (asked === undefined) return { error: `The body has no level: ${example}.` };
  const level = logLevels.find((each) => each === asked);
  return level ? { level } : { error: `${JSON.stringify(asked).slice(0, 100)} is no log level: ${example}.` };
}

/** The body, of which no more than so many characters can matter; the rest is read all the same, or the answer would not arrive. */
async function readBody(request: IncomingMessage, longest: number): Promise<string> {
  let body = "";
  for await (const chunk of request) if (body.length <= longest) body += String(chunk);
  return body;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json; charset=utf-8" })
    .end(`${JSON.stringify(body)}\n`);
}

function listen(server: Server, { host, port }: AdminDeps): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const hint =
        error.code === "EADDRINUSE"
          ? "another process has it; stop that one or set ADMIN_PORT"
          : error.message;
      reject(new Error(`The admin port ${host}:${port} cannot be opened: ${hint}.`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}
