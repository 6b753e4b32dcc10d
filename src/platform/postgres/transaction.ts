import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../errors";
import { remainingMs, withSpan, type Logger } from "../telemetry";
import { pgErrorCode } from "./errors";
import type { Instruments } from "./instruments";
import type { ConnectionPool } from "./pool";
import { queryableOver } from "./queryable";
import { Session } from "./session";
import type { Database, Transaction, TransactionOptions } from "./types";

export type TransactionRunner = {
  pool: ConnectionPool;
  instruments: Instruments;
  log: Logger;
  statementTimeoutMs: number;
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
  const { client, release } = await runner.pool.borrow();
  const session = new Session(client, instruments, runner.statementTimeoutMs);
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
    await session.run(begin(options));
    const result = await fn(tx);
    open = false;
    committing = true;
    const { command } = await session.run("COMMIT", [], { regardless: true });
    // COMMIT of a transaction in which a statement failed and its error was swallowed answers ROLLBACK, without an error.
    if (command !== "COMMIT")
      throw new Error("The transaction was rolled back: a failed statement's error was swallowed.");
    instruments.transaction("committed", (performance.now() - startedAt) / 1_000);
    runHooks(hooks, log);
    return result;
  } catch (error) {
    open = false;
    const unknown = committing && session.broken !== undefined;
    if (!session.broken)
      await session
        .run("ROLLBACK", [], { regardless: true })
        .catch((failed: Error) => (session.broken ??= failed));
    const code = pgErrorCode(error);
    const outcome = unknown ? "unknown" : code === "40001" || code === "40P01" ? "retried" : "rolled_back";
    instruments.transaction(outcome, (performance.now() - startedAt) / 1_000);
    throw unknown ? commitUnknown(instruments.database, error) : error;
  } finally {
    release(session.broken);
  }
}

/** One round trip. The values are numbers and words of our own: a simple query takes no parameters. */
function begin({ isolation = "read committed", lockTimeoutMs }: TransactionOptions): string {
  const leftMs = remainingMs();
  const statements = [`BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}`];
  if (leftMs !== undefined && leftMs < 2 ** 31)
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
