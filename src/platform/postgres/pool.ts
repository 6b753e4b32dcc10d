import { Pool, type PoolClient } from "pg";
import { AppError, isTransient } from "../errors";
import type { Logger, Metrics } from "../telemetry";
import type { PostgresConfig } from "./config";
import { asDatabaseError, cancelled, deadlineExceeded, unavailable } from "./errors";
import type { Instruments } from "./instruments";
import type { Limit } from "./limits";
import {
  connectionFailuresTotal,
  connections,
  connectionsMax,
  connectionsWaiting,
  connectionWait,
} from "./metrics";
import { rowTypes } from "./row-types";

/** Lends connections, and measures how that goes. */
export type ConnectionPool = {
  /** The borrower must call the client's `release`, with an error when the connection must not be lent again. Waits within `limit`. */
  borrow(limit: Limit): Promise<PoolClient>;
  /** Waits for borrowed connections. */
  close(): Promise<void>;
};

export function createPool(
  config: PostgresConfig,
  name: string,
  application: string,
  metrics: Metrics,
  log: Logger,
): ConnectionPool {
  const pool = new Pool({
    connectionString: config.url,
    application_name: application,
    max: config.poolSize,
    connectionTimeoutMillis: config.connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: config.statementTimeoutMs,
    lock_timeout: config.lockTimeoutMs,
    // A frozen process must not hold its row locks for ever.
    idle_in_transaction_session_timeout: 30_000,
    types: rowTypes,
  });
  // An idle connection that breaks is dropped by the pool; without a listener the process would die of it.
  pool.on("error", (error) => log.debug({ err: error }, "idle database connection lost"));
  // The pool's own listener misses connections that are lent out (node-postgres #2439). Their statement fails with the same error.
  pool.on("connect", (client) =>
    client.on("error", (error) => log.debug({ err: error }, "database connection lost")),
  );

  const db = { db: name };
  const idle = metrics.gauge(connections).child({ ...db, state: "idle" });
  const used = metrics.gauge(connections).child({ ...db, state: "used" });
  const waiting = metrics.gauge(connectionsWaiting).child(db);
  const wait = metrics.histogram(connectionWait).child(db);
  const failures = metrics.counter(connectionFailuresTotal);
  for (const reason of ["timeout", "refused", "cancelled"]) failures.child({ ...db, reason });
  metrics.gauge(connectionsMax).set(db, config.poolSize);
  const unhook = metrics.onCollect(() => {
    idle.set(pool.idleCount);
    used.set(pool.totalCount - pool.idleCount);
    waiting.set(pool.waitingCount);
  });

  return {
    async borrow(limit) {
      const startedAt = performance.now();
      try {
        const passed = limit.passed();
        if (passed) throw passed === "deadline" ? deadlineExceeded(name) : cancelled(name);
        return await connect(pool, limit, name);
      } catch (error) {
        failures.inc({ ...db, reason: failureOf(error) });
        // The pool's own timeout has no code; a refused password or a missing database is no outage and stays what it is.
        const seen = asDatabaseError(error, name);
        throw isTransient(seen) && !(seen instanceof AppError) ? unavailable(name, error) : seen;
      } finally {
        wait.observe((performance.now() - startedAt) / 1_000);
      }
    },
    async close() {
      await pool.end();
      unhook();
    },
  };
}

/** Borrows for a statement: when there is no connection, that is how the statement ended, and it is observed as such. */
export async function borrowFor(
  text: string,
  pool: ConnectionPool,
  limit: Limit,
  instruments: Instruments,
): Promise<PoolClient> {
  const askedAt = Date.now();
  try {
    return await pool.borrow(limit);
  } catch (error) {
    instruments.notSent(instruments.statement(text), error, askedAt);
    throw error;
  }
}

/** A connection that comes after the caller has left goes straight back. */
function connect(pool: Pool, limit: Limit, name: string): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    let left = false;
    limit.watch(Infinity, (why) => {
      left = true;
      reject(why === "deadline" ? deadlineExceeded(name) : cancelled(name));
    });
    pool.connect((error, client) => {
      if (left) {
        client?.release();
        return;
      }
      limit.rest();
      if (client) resolve(client);
      else reject(error as Error);
    });
  });
}

function failureOf(error: unknown): string {
  if (error instanceof Error && /^timeout exceeded/.test(error.message)) return "timeout";
  return (error as { category?: string }).category === undefined ? "refused" : "cancelled";
}
