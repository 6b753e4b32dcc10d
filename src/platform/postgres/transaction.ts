import { setTimeout as sleep } from "node:timers/promises";
import type { PoolClient } from "pg";
import { AppError } from "../errors";
import { context, remainingMs, scopeOf, withSpan, type Logger } from "../telemetry";
import { pgErrorCode, wasNotSent } from "./errors";
import { acquireFor, borrow, type ConnectionPool } from "./pool";
import { queryableOver } from "./queryable";
import { Session, type SessionContext } from "./session";
import type { Database, Transaction, TransactionOptions } from "./types";

export type TransactionRunner = SessionContext & {
  pool: ConnectionPool;
  log: Logger;
  database(): Database;
};

const attempts = 5;

/** See `Database.transaction`. */
export function runTransaction<T>(
  runner: TransactionRunner,
  fn: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const attributes = { "db.system.name": "postgresql", "db.namespace": runner.instruments.database };
  return withSpan(`TRANSACTION ${runner.instruments.database}`, { attributes }, async (span) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await attemptOnce(runner, fn, options);
      } catch (error) {
        const code = pgErrorCode(error);
        if (attempt >= attempts || (code !== "40001" && code !== "40P01")) throw error;
        span.addEvent("retry", { "db.response.status_code": code, attempt });
        // Full jitter: the two that met must not meet again.
        await sleep(Math.random() * 10 * 2 ** attempt);
      }
    }
  });
}

async function attemptOnce<T>(
  runner: TransactionRunner,
  fn: (tx: Transaction) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  const { instruments, log } = runner;
  const opening = begin(options, runner.statementTimeoutMs);
  const client = await borrowFor(runner);
  const session = new Session(client, runner);
  const hooks: (() => void)[] = [];
  const startedAt = performance.now();
  let open = true;
  let committing = false;
  const tx: Transaction = {
    ...queryableOver((text, values) => {
      if (!open) throw new Error("The transaction is over: a statement was not awaited.");
      return session.run(text, values);
    }),
    database: runner.database(),
    onCommit: (hook) => void hooks.push(hook),
  };
  try {
    await session.run(opening, [], { observedAs: "BEGIN" });
    const result = await fn(tx);
    open = false;
    committing = session.broken === undefined;
    const { command } = await session.run("COMMIT", [], { regardless: true });
    // COMMIT of a transaction in which a statement failed and its error was swallowed answers ROLLBACK, without an error.
    if (command !== "COMMIT")
      throw new Error("The transaction was rolled back: a failed statement's error was swallowed.");
    instruments.transaction("committed", (performance.now() - startedAt) / 1_000);
    runHooks(hooks, log);
    return result;
  } catch (error) {
    open = false;
    const unknown = committing && session.broken !== undefined && !wasNotSent(error);
    if (!session.broken)
      await session
        .run("ROLLBACK", [], { regardless: true })
        .catch((failed: Error) => (session.broken ??= failed));
    const code = pgErrorCode(error);
    const outcome = unknown ? "unknown" : code === "40001" || code === "40P01" ? "retried" : "rolled_back";
    instruments.transaction(outcome, (performance.now() - startedAt) / 1_000);
    throw unknown ? commitUnknown(instruments.database, error) : error;
  } finally {
    client.release(session.broken);
  }
}

async function borrowFor({ limits, pool, instruments }: TransactionRunner): Promise<PoolClient> {
  const parent = context.active();
  const limit = limits.open(scopeOf(parent));
  const acquire: ConnectionPool["acquire"] = (within, done) =>
    acquireFor("BEGIN", pool, within, parent, instruments, done);
  try {
    return await borrow({ acquire }, limit);
  } finally {
    limit.close();
  }
}

/** One round trip. The values are numbers and words of our own: a simple query takes no parameters. */
function begin(
  { isolation = "read committed", lockTimeoutMs }: TransactionOptions,
  timeoutMs: number,
): string {
  const leftMs = remainingMs();
  const statements = [`BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}`];
  // A deadline may shorten the configured timeout, never lengthen it.
  if (leftMs !== undefined && leftMs < timeoutMs)
    statements.push(`SET LOCAL statement_timeout = ${Math.max(1, Math.ceil(leftMs))}`);
  if (lockTimeoutMs !== undefined)
    statements.push(`SET LOCAL lock_timeout = ${Math.max(1, Math.ceil(lockTimeoutMs))}`);
  return statements.join("; ");
}

function runHooks(hooks: readonly (() => void)[], log: Logger): void {
  for (const hook of hooks) {
    try {
      hook();
    } catch (error) {
      log.error({ err: error }, "a hook after commit failed");
    }
  }
}

function commitUnknown(database: string, cause: unknown): AppError {
  const message = `The connection to database ${database} broke during COMMIT: whether it took effect is unknown.`;
  return new AppError({ category: "unavailable", reason: "COMMIT_UNKNOWN", message, cause });
}
