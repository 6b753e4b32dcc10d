import { setTimeout as sleep } from "node:timers/promises";
import { AppError, errorChain, isTransient } from "../errors";
import type { ServiceHost } from "../lifecycle";
import type { PostgresConfig } from "./config";
import { Instruments } from "./instruments";
import { migrate, type Migration } from "./migrations";
import { createPool, type ConnectionPool } from "./pool";
import { queryableOver } from "./queryable";
import { Session } from "./session";
import { runTransaction } from "./transaction";
import type { Database } from "./types";

/**
 * Opens the pool and brings the schema up to date. Waits for a server that is still starting (`startTimeoutMs`); the database itself must exist.
 * Registers the readiness check `postgres`. Close it with `host.own`.
 */
export async function openDatabase(
  host: ServiceHost,
  config: PostgresConfig,
  { migrations }: { migrations: readonly Migration[] },
): Promise<Database> {
  const url = new URL(config.url);
  const name = decodeURIComponent(url.pathname.slice(1));
  const log = host.log.child({ db: name });
  const instruments = new Instruments(name, url.hostname, host.metrics, log, config.slowQueryMs);
  const pool = createPool(config, name, `${host.name}/${host.instance}`, host.metrics, log);

  /** Runs statements on a connection that goes back afterwards, or away when it may be unfit. */
  const onSession = async <T>(fn: (session: Session) => Promise<T>): Promise<T> => {
    const { client, release } = await pool.borrow();
    const session = new Session(client, instruments, config.statementTimeoutMs);
    try {
      return await fn(session);
    } finally {
      release(session.broken);
    }
  };

  const database: Database = {
    ...queryableOver((text, values) => onSession((session) => session.run(text, values))),
    name,
    transaction: (fn, options) =>
      runTransaction(
        { pool, instruments, log, statementTimeoutMs: config.statementTimeoutMs, database: () => database },
        fn,
        options,
      ),
    close: () => pool.close(),
  };

  try {
    await reachable(host, pool, name, config.startTimeoutMs);
    await onSession(async (session) => {
      await migrate(session, migrations, log);
      // Its session holds the lock and has no timeouts: closing it ends both.
      session.broken = new Error("The migration's session is not lent again.");
    });
  } catch (error) {
    await pool.close();
    throw error;
  }
  host.readiness("postgres", async () => void (await database.query("SELECT 1")));
  return database;
}

async function reachable(
  host: ServiceHost,
  pool: ConnectionPool,
  name: string,
  timeoutMs: number,
): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs;
  for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 2_000)) {
    try {
      (await pool.borrow()).release();
      return;
    } catch (error) {
      if (!isTransient(error) || host.stopping.aborted || Date.now() + delayMs > giveUpAt)
        throw unreachable(name, timeoutMs, error);
      host.log.warn({ db: name, reason: errorChain(error) }, "waiting for the database");
      await sleep(delayMs);
    }
  }
}

function unreachable(name: string, timeoutMs: number, cause: unknown): unknown {
  if (!isTransient(cause)) {
    const message = `Database ${name} refused the connection: ${errorChain(cause)}. Check DATABASE_URL; the database must exist.`;
    return new AppError({ category: "failed_precondition", reason: "DATABASE_REFUSED", message, cause });
  }
  const message = `Database ${name} did not answer within ${timeoutMs} ms. Start PostgreSQL, or correct DATABASE_URL.`;
  return new AppError({ category: "unavailable", reason: "DATABASE_UNAVAILABLE", message, cause });
}
