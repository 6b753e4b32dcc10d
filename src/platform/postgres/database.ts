import { setTimeout as sleep } from "node:timers/promises";
import type { PoolClient, QueryResult } from "pg";
import { AppError, errorChain, isTransient } from "../errors";
import type { ServiceHost } from "../lifecycle";
import type { PostgresConfig } from "./config";
import { context, scopeOf } from "../telemetry";
import { createExplainer } from "./explain";
import { Instruments } from "./instruments";
import { Limits } from "./limits";
import { migrate, type Migration } from "./migrations";
import { acquireFor, borrow, createPool, type ConnectionPool } from "./pool";
import { queryableOver } from "./queryable";
import { Session } from "./session";
import { createSlowQueryLog } from "./slow-queries";
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
  const explainer = config.explainSlow ? createExplainer({ connectionString: config.url }) : undefined;
  const slow = createSlowQueryLog(log, config.slowQueryMs, explainer);
  const address = { database: name, host: url.hostname, port: Number(url.port || 5432) };
  const instruments = new Instruments(address, host.metrics, slow);
  const limits = new Limits();
  const pool = createPool(config, name, `${host.name}/${host.instance}`, host.metrics, log);
  const of = { instruments, limits, statementTimeoutMs: config.statementTimeoutMs };

  /** One limit for both waits: for the connection and for the answer. */
  const once = (text: string, values: readonly unknown[]) =>
    new Promise<QueryResult>((resolve, reject) => {
      const parent = context.active();
      const limit = limits.open(scopeOf(parent));
      acquireFor(text, pool, limit, parent, instruments, (refusal, client) => {
        if (!client) {
          limit.close();
          return reject(refusal as Error);
        }
        const session = new Session(client, of);
        session.send(limit, parent, text, values, {}, (error, result) => {
          limit.close();
          client.release(session.broken);
          if (result) resolve(result);
          else reject(error as Error);
        });
      });
    });

  const database: Database = {
    ...queryableOver(once),
    name,
    transaction: (fn, options) => runTransaction({ ...of, pool, log, database: () => database }, fn, options),
    async close() {
      await pool.close();
      await instruments.close();
      limits.close();
    },
  };

  try {
    const client = await reachable(host, pool, limits, name, config.startTimeoutMs);
    try {
      await migrate(new Session(client, of), migrations, log);
    } finally {
      // Its session holds the lock and has no timeouts: closing it ends both.
      client.release(true);
    }
  } catch (error) {
    await database.close();
    throw error;
  }
  host.readiness("postgres", async () => void (await database.query("SELECT 1")));
  return database;
}

async function reachable(
  host: ServiceHost,
  pool: ConnectionPool,
  limits: Limits,
  name: string,
  timeoutMs: number,
): Promise<PoolClient> {
  const giveUpAt = Date.now() + timeoutMs;
  for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 2_000)) {
    const limit = limits.open(undefined);
    try {
      return await borrow(pool, limit);
    } catch (error) {
      if (!isTransient(error) || host.stopping.aborted || Date.now() + delayMs > giveUpAt)
        throw unreachable(name, timeoutMs, error);
      host.log.warn({ db: name, reason: errorChain(error) }, "waiting for the database");
      await sleep(delayMs);
    } finally {
      limit.close();
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
