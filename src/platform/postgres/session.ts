import { setTimeout as sleep } from "node:timers/promises";
import type { PoolClient, QueryResult } from "pg";
import { AppError } from "../errors";
import { currentScope, currentTraceId, recordError, SpanKind, startSpan, type Span } from "../telemetry";
import { sendCancelRequest } from "./cancel-request";
import { asDatabaseError, deadlineExceeded, pgErrorCode, unavailable, type Ended } from "./errors";
import type { Instruments } from "./instruments";
import { shapeOf, type StatementShape } from "./statement";

export type RunOptions = {
  /** Runs to its end whatever the scope's deadline and signal say: COMMIT, ROLLBACK. */
  regardless?: boolean;
  /** Bound of this statement in milliseconds; Infinity for migrations. Default: the configured statement timeout. */
  timeoutMs?: number;
};

/** How long the server may take to confirm a cancel request before its connection is given up for dead. */
const graceMs = 1_000;

/**
 * One borrowed connection. Statements run one after another; each becomes a span, a metric and, if slow, a log line. A statement ends at the earliest
 * of: its answer, the scope's deadline, the scope's signal, the statement timeout. The server enforces the last one itself; we do when it is frozen.
 */
export class Session {
  /** Set when the connection must not be used again. */
  broken: Error | undefined;
  readonly #client: PoolClient;
  readonly #instruments: Instruments;
  readonly #statementTimeoutMs: number;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(client: PoolClient, instruments: Instruments, statementTimeoutMs: number) {
    this.#client = client;
    this.#instruments = instruments;
    this.#statementTimeoutMs = statementTimeoutMs;
  }

  run(text: string, values: readonly unknown[] = [], options: RunOptions = {}): Promise<QueryResult> {
    // node-postgres deprecates a query while another one runs; callers with Promise.all are queued here.
    const result = this.#tail.then(() => this.#runNow(text, values, options));
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #runNow(text: string, values: readonly unknown[], options: RunOptions): Promise<QueryResult> {
    const shape = shapeOf(text);
    const { span } = startSpan(shape.summary, {
      kind: SpanKind.CLIENT,
      attributes: this.#attributes(text, shape),
    });
    const startedAt = performance.now();
    let ended: Ended | undefined;
    try {
      const result = await this.#bounded(text, values, options, (why) => (ended = why));
      span.setAttribute("db.response.returned_rows", result.rows?.length ?? 0);
      return result;
    } catch (error) {
      throw this.#failed(error, ended, shape, span);
    } finally {
      const seconds = (performance.now() - startedAt) / 1_000;
      this.#instruments.settled(text, shape, seconds, currentTraceId());
      span.end();
    }
  }

  async #bounded(
    text: string,
    values: readonly unknown[],
    options: RunOptions,
    end: (why: Ended) => void,
  ): Promise<QueryResult> {
    if (this.broken) throw unavailable(this.#instruments.database, this.broken);
    const scope = options.regardless ? undefined : currentScope();
    const leftMs = scope?.deadlineAt === undefined ? Infinity : scope.deadlineAt - Date.now();
    if (leftMs <= 0) throw deadlineExceeded(this.#instruments.database);
    if (scope?.signal?.aborted) {
      end("cancelled");
      throw scope.signal.reason;
    }
    const timeoutMs = options.timeoutMs ?? this.#statementTimeoutMs;

    const controller = new AbortController();
    let cancelled: Promise<void> | undefined;
    const stop = (why: Ended) => {
      if (cancelled) return;
      end(why);
      cancelled = sendCancelRequest(this.#client, graceMs);
      void sleep(graceMs, undefined, { signal: controller.signal }).then(
        () => this.#giveUp(),
        () => undefined,
      );
    };
    const onAbort = () => stop("cancelled");
    // Half a second later than the server's own timer, which is the better one while the server lives.
    const boundMs = Math.min(leftMs, timeoutMs + 500);
    const timer = boundMs < 2 ** 31 ? setTimeout(() => stop("deadline"), boundMs) : undefined;
    scope?.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.#client.query({ text, values: values as unknown[] });
    } finally {
      clearTimeout(timer);
      controller.abort();
      scope?.signal?.removeEventListener("abort", onAbort);
      await cancelled;
    }
  }

  /** The server did not even confirm the cancel request: it is frozen or gone. Breaking the socket fails the statement. */
  #giveUp(): void {
    this.broken = new Error("The server did not answer a cancel request.");
    (
      this.#client as unknown as { connection: { stream: { destroy(error?: Error): void } } }
    ).connection.stream.destroy(this.broken);
  }

  #failed(error: unknown, ended: Ended | undefined, shape: StatementShape, span: Span): unknown {
    const code = pgErrorCode(error);
    const database = this.#instruments.database;
    const seen =
      this.broken && !ended ? unavailable(database, error) : asDatabaseError(error, database, ended);
    if (seen instanceof AppError && seen.category === "unavailable") this.broken ??= error as Error;
    this.#instruments.failed(shape, code, seen);
    recordError(span, seen);
    if (code) span.setAttributes({ "db.response.status_code": code, "error.type": code });
    return seen;
  }

  #attributes(text: string, shape: StatementShape): Record<string, string> {
    return {
      "db.system.name": "postgresql",
      "db.namespace": this.#instruments.database,
      "db.query.summary": shape.summary,
      "db.operation.name": shape.operation,
      // Statements are parameterised, so the text holds no values.
      "db.query.text": text,
      "server.address": this.#instruments.address,
    };
  }
}
