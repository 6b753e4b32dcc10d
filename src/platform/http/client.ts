import { setTimeout as sleep } from "node:timers/promises";
import { Agent } from "undici";
import type { z } from "zod";
import { AppError } from "../errors";
import type { Closable, ServiceHost } from "../lifecycle";
import { currentScope, remainingMs } from "../telemetry";
import { attempt } from "./attempt";
import { httpClientRetriesTotal } from "./metrics";

export type HttpClientOptions = {
  /** The peer's name, for metrics, spans and error texts. */
  name: string;
  /** `http://host:port`, with an optional path prefix. */
  baseUrl: string;
  /** Bound of one attempt, body included. Default 5,000. */
  timeoutMs?: number;
  /** Further attempts of idempotent requests. Default 2. */
  retries?: number;
  /** Sockets to the peer. Default 64. */
  connections?: number;
  /** Largest answer in bytes. Default 16 MiB. */
  maxAnswerBytes?: number;
  /** Sent with every request. */
  headers?: Record<string, string>;
};

export type HttpRequest<T> = {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below the base URL. It becomes the span's name only through `route`, so ids in it do no harm. */
  path: string;
  /** The path's template for span names, such as `/payments/{id}`. */
  route?: string;
  query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  /** What the answer must look like; without one it is returned as it came. */
  schema?: z.ZodType<T>;
  /** Whether it may be sent twice. Default: every method but POST and PATCH, and those with an `idempotency-key` header. */
  idempotent?: boolean;
  timeoutMs?: number;
  /** Beside the scope's own. */
  signal?: AbortSignal;
};

/** A client of one HTTP peer. */
export type HttpClient = Closable & {
  readonly name: string;
  request<T>(request: HttpRequest<T>): Promise<T>;
};

/**
 * Makes a client of a JSON API. Every attempt has a CLIENT span, `traceparent`, and a place in the histogram. The scope's deadline and
 * signal bound the whole. Failures are AppErrors: `unavailable` (not reached), `deadline_exceeded`, `cancelled`, the peer's own Problem,
 * or a category by its status; an answer that does not fit is `internal`, BAD_ANSWER. Idempotent requests are tried again after
 * `unavailable`, a timeout, or a named `Retry-After`, with growing random waits, and not while most requests fail.
 */
export function createHttpClient(host: ServiceHost, options: HttpClientOptions): HttpClient {
  const {
    name,
    timeoutMs = 5_000,
    retries = 2,
    connections = 64,
    maxAnswerBytes = 16 * 1024 * 1024,
  } = options;
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const agent = new Agent({ connections, maxResponseSize: maxAnswerBytes, connect: { timeout: timeoutMs } });
  const retried = host.metrics.counter(httpClientRetriesTotal).child({ client: name });
  const throttle = createThrottle();

  return {
    name,
    async request<T>(request: HttpRequest<T>): Promise<T> {
      const mayRepeat = request.idempotent ?? isIdempotent(request);
      for (let resend = 0; ; resend++) {
        try {
          const result = await attempt(host, { agent, name, baseUrl, headers: options.headers }, request, {
            timeoutMs: request.timeoutMs ?? timeoutMs,
            resend,
          });
          throttle.succeeded();
          return result;
        } catch (error) {
          const waitMs = mayRepeat && resend < retries ? retryWait(error, resend) : undefined;
          if (waitMs === undefined || !throttle.allows() || (remainingMs() ?? Infinity) <= waitMs)
            throw error;
          retried.inc();
          await pause(waitMs, error);
        }
      }
    },
    close: () => agent.close(),
  };
}

function isIdempotent({ method, headers = {} }: HttpRequest<unknown>): boolean {
  if (method !== "POST" && method !== "PATCH") return true;
  return Object.keys(headers).some((header) => header.toLowerCase() === "idempotency-key");
}

/** How long to wait before the next attempt; undefined when another one cannot help. */
function retryWait(error: unknown, resend: number): number | undefined {
  if (!(error instanceof AppError)) return undefined;
  if (error.retryAfterMs !== undefined && error.retryable)
    return error.retryAfterMs <= 5_000 ? error.retryAfterMs : undefined;
  if (error.category !== "unavailable" && error.category !== "deadline_exceeded") return undefined;
  return Math.random() * Math.min(1_000, 50 * 2 ** resend);
}

async function pause(waitMs: number, error: unknown): Promise<void> {
  const signal = currentScope()?.signal;
  try {
    await sleep(waitMs, undefined, signal ? { signal } : {});
  } catch {
    throw error;
  }
}

/** gRPC's retry throttling: ten tokens, a failure costs one, a success returns a tenth, no retries below half. */
function createThrottle() {
  let tokens = 10;
  return {
    succeeded: () => {
      tokens = Math.min(10, tokens + 0.1);
    },
    allows: () => {
      tokens = Math.max(0, tokens - 1);
      return tokens > 5;
    },
  };
}
