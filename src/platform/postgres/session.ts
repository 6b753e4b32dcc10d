import type { PoolClient, QueryResult, Submittable } from "pg";
import { AppError } from "../errors";
import { context, scopeOf, type Context, type Span } from "../telemetry";
import { sendCancelRequest } from "./cancel-request";
import { asDatabaseError, endedBy, unavailable, type Ended } from "./errors";
import type { Instruments, ObservedStatement } from "./instruments";
import type { Limit, Limits } from "./limits";
import { LeanQuery } from "./query";

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
  #tail: Promise<unknown> | undefined;

  constructor(client: PoolClient, of: SessionContext) {
    this.#client = client;
    this.#of = of;
  }

  /** Runs a statement after those that were started before it. */
  async run(text: string, values: readonly unknown[] = [], options: RunOptions = {}): Promise<QueryResult> {
    const parent = context.active();
    const limit = this.#of.limits.open(options.regardless ? undefined : scopeOf(parent));
    const send = () =>
      new Promise<QueryResult>((resolve, reject) =>
        this.send(limit, parent, text, values, options, (error, result) =>
          result ? resolve(result) : reject(error as Error),
        ),
      );
    // node-postgres deprecates a query while another one runs; callers with Promise.all are queued here.
    const result = this.#running++ === 0 || this.#tail === undefined ? send() : this.#tail.then(send);
    this.#tail = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#running--;
      limit.close();
    }
  }

  /**
   * Sends one statement and calls `done` once. The caller sees to it that no other one runs, and closes `limit`.
   * Callbacks, because promises are what costs here: with an AsyncLocalStorage in use each is told to the hooks several times.
   */
  send(
    limit: Limit,
    parent: Context,
    text: string,
    values: readonly unknown[],
    options: RunOptions,
    done: (error: unknown, result?: QueryResult) => void,
  ): void {
    const { instruments, statementTimeoutMs } = this.#of;
    const statement = instruments.statement(options.observedAs ?? text);
    const span = instruments.startSpan(statement, parent);
    const startedAt = performance.now();
    const settle = (error: unknown, result?: QueryResult): void => {
      limit.rest();
      const seen = result ? undefined : this.#failed(error, limit.ended, statement, span);
      if (result) span?.setAttribute("db.response.returned_rows", result.rows?.length ?? 0);
      instruments.settled(statement, text, (performance.now() - startedAt) / 1_000, span, parent);
      span?.end();
      done(seen, result);
    };
    const refusal = this.#refusal(limit);
    if (refusal) {
      process.nextTick(settle, refusal);
      return;
    }
    let stopped: Promise<void> | undefined;
    let grace: NodeJS.Timeout | undefined;
    limit.watch((options.timeoutMs ?? statementTimeoutMs) + laterMs, () => {
      stopped = sendCancelRequest(this.#client, graceMs);
      grace = setTimeout(() => this.#giveUp(), graceMs);
    });
    let answered = false;
    const query = new LeanQuery(text, values, statement, (failed, result) => {
      // Of a value that cannot be written it tells at once, and again when the server is ready for more.
      if (answered) return;
      answered = true;
      const answer = failed ? undefined : result;
      if (stopped === undefined) return settle(failed, answer);
      clearTimeout(grace);
      // Until then the request may hit whatever runs on the connection.
      void stopped.then(() => settle(failed, answer));
    });
    this.#client.query(query as unknown as Submittable);
  }

  #refusal(limit: Limit): unknown {
    const { database } = this.#of.instruments;
    if (this.broken) return unavailable(database, this.broken);
    const passed = limit.passed();
    return passed && endedBy(passed, database);
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
