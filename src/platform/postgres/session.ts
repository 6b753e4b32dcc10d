import type { PoolClient, QueryResult } from "pg";
import { AppError } from "../errors";
import { currentScope, type Span } from "../telemetry";
import { sendCancelRequest } from "./cancel-request";
import { asDatabaseError, cancelled, deadlineExceeded, unavailable, type Ended } from "./errors";
import type { Instruments, ObservedStatement } from "./instruments";
import type { Limit, Limits } from "./limits";

export type RunOptions = {
  /** Runs to its end whatever the scope's deadline and signal say: COMMIT, ROLLBACK. */
  regardless?: boolean;
  /** Bound of this statement in milliseconds; Infinity for migrations. Default: the configured statement timeout. */
  timeoutMs?: number;
  /** The text that telemetry takes for it, where numbers in the text would make each one another. */
  observedAs?: string;
};

/** What a session takes from its database. */
export type SessionContext = { instruments: Instruments; limits: Limits; statementTimeoutMs: number };

/** How long the server may take to confirm a cancel request before its connection is given up for dead. */
const graceMs = 1_000;
/** The server's own timer is the better one while the server lives, so ours comes later. */
const laterMs = 500;

/**
 * One borrowed connection. Statements run one after another; each becomes a span, a metric and, if slow, a log line. A statement ends at the earliest
 * of: its answer, the scope's deadline, the scope's signal, the statement timeout. The server enforces the last one itself; we do when it is frozen.
 */
export class Session {
  /** Set when the connection must not be used again. */
  broken: Error | undefined;
  readonly #client: PoolClient;
  readonly #of: SessionContext;
  #running = 0;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(client: PoolClient, of: SessionContext) {
    this.#client = client;
    this.#of = of;
  }

  async run(text: string, values: readonly unknown[] = [], options: RunOptions = {}): Promise<QueryResult> {
    const scope = options.regardless ? undefined : currentScope();
    const limit = this.#of.limits.open(scope);
    // node-postgres deprecates a query while another one runs; callers with Promise.all are queued here.
    const result =
      this.#running++ === 0
        ? this.runWithin(limit, text, values, options)
        : this.#tail.then(() => this.runWithin(limit, text, values, options));
    this.#tail = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#running--;
      limit.close();
    }
  }

  /** Runs one statement; the caller sees to it that no other one runs, and closes `limit`. */
  async runWithin(
    limit: Limit,
    text: string,
    values: readonly unknown[],
    options: RunOptions = {},
  ): Promise<QueryResult> {
    const { instruments } = this.#of;
    const statement = instruments.statement(options.observedAs ?? text);
    const span = instruments.startSpan(statement);
    const startedAt = performance.now();
    try {
      const result = await this.#send(limit, text, values, options);
      span?.setAttribute("db.response.returned_rows", result.rows?.length ?? 0);
      return result;
    } catch (error) {
      throw this.#failed(error, limit.ended, statement, span);
    } finally {
      instruments.settled(statement, text, (performance.now() - startedAt) / 1_000, span);
      span?.end();
    }
  }

  async #send(
    limit: Limit,
    text: string,
    values: readonly unknown[],
    options: RunOptions,
  ): Promise<QueryResult> {
    const { instruments, statementTimeoutMs } = this.#of;
    if (this.broken) throw unavailable(instruments.database, this.broken);
    const passed = limit.passed();
    if (passed === "deadline") throw deadlineExceeded(instruments.database);
    if (passed === "cancelled") throw cancelled(instruments.database);
    let stopped: Promise<void> | undefined;
    let grace: NodeJS.Timeout | undefined;
    const timeoutMs = options.timeoutMs ?? statementTimeoutMs;
    try {
      return await new Promise<QueryResult>((resolve, reject) => {
        limit.watch(timeoutMs + laterMs, () => {
          stopped = sendCancelRequest(this.#client, graceMs);
          grace = setTimeout(() => this.#giveUp(), graceMs);
        });
        // A callback, and text and values apart: a promise of node-postgres' own and a copy of its query are 10 µs.
        this.#client.query(text, values as unknown[], (error: Error | null, result: QueryResult) =>
          error ? reject(error) : resolve(result),
        );
      });
    } catch (error) {
      // Its trace leads to the socket; from here it leads to whoever asked.
      if (error instanceof Error) Error.captureStackTrace(error);
      throw error;
    } finally {
      limit.rest();
      if (stopped) {
        clearTimeout(grace);
        // Until then the request may hit whatever runs on the connection.
        await stopped;
      }
    }
  }

  /** The server did not even confirm the cancel request: it is frozen or gone. Breaking the socket fails the statement. */
  #giveUp(): void {
    this.broken = new Error("The server did not answer a cancel request.");
    (
      this.#client as unknown as { connection: { stream: { destroy(error?: Error): void } } }
    ).connection.stream.destroy(this.broken);
  }

  #failed(
    error: unknown,
    ended: Ended | undefined,
    statement: ObservedStatement,
    span: Span | undefined,
  ): unknown {
    const { instruments } = this.#of;
    const seen =
      this.broken && !ended
        ? unavailable(instruments.database, error)
        : asDatabaseError(error, instruments.database, ended);
    if (seen instanceof AppError && seen.category === "unavailable") this.broken ??= error as Error;
    instruments.failed(statement, seen, span);
    return seen;
  }
}
