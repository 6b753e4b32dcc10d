import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { AppError } from "../errors";
import type { Logger } from "../telemetry";
import { rateLimited } from "./callers";
import { toStatus } from "./status-details";

/** Why a call is refused for load; label `reason` of `grpc_server_refused_total`. */
export const refusalReasons = ["rate", "queue_full", "wait", "deadline"] as const;
export type Refusal = (typeof refusalReasons)[number];

/** Waits are told in steps, so that there are few different answers and each is encoded once. */
const stepMs = 50;
const longestMs = 10_000;

/** Answers calls without gRPC: one frame of headers that were encoded before. */
export class Refusals {
  readonly #answers = new Map<string, OutgoingHttpHeaders>();
  readonly #log: Logger;
  #counted: Partial<Record<Refusal, number>> = {};
  #toldAt = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Ends a stream that nobody has answered yet with RESOURCE_EXHAUSTED, and says after how many milliseconds to come back. */
  send(stream: ServerHttp2Stream, reason: Refusal, retryMs: number, now: number): void {
    this.#count(reason, now);
    if (stream.destroyed || stream.closed) return;
    stream.respond(this.#answerOf(reason, retryMs), { endStream: true });
    // What the caller still sends is let through to nowhere, or the connection's window would stay taken.
    stream.resume();
  }

  #answerOf(reason: Refusal, retryMs: number): OutgoingHttpHeaders {
    const ms = Math.min(longestMs, Math.max(stepMs, Math.ceil(retryMs / stepMs) * stepMs));
    const key = `${reason === "rate" ? "rate" : "load"} ${ms}`;
    let answer = this.#answers.get(key);
    if (!answer)
      this.#answers.set(key, (answer = encode(reason === "rate" ? rateLimited(ms) : overloaded(ms))));
    return answer;
  }

  /** One line a second at most: a line for each would cost more than the refusal. */
  #count(reason: Refusal, now: number): void {
    this.#counted[reason] = (this.#counted[reason] ?? 0) + 1;
    if (now - this.#toldAt < 1_000) return;
    this.#toldAt = now;
    this.#log.warn({ refused: this.#counted }, "gRPC calls are refused for load");
    this.#counted = {};
  }
}

function overloaded(retryAfterMs: number): AppError {
  return new AppError({
    category: "resource_exhausted",
    reason: "OVERLOADED",
    message: "This instance has more calls than it can answer in time; see RetryInfo",
    retryAfterMs,
  });
}

/** A status without an answer before it, as gRPC over HTTP/2 has it ("Trailers-Only"). */
function encode(error: AppError): OutgoingHttpHeaders {
  const { code, details, metadata } = toStatus(error);
  return {
    ":status": 200,
    "content-type": "application/grpc+proto",
    "grpc-status": String(code),
    "grpc-message": encodeURI(details),
    ...metadata.toHttp2Headers(),
  };
}
