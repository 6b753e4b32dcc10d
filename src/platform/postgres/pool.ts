import { Pool, type PoolClient } from "pg";
import { AppError, isTransient } from "../errors";
import { currentScope, type Logger, type Metrics } from "../telemetry";
import type { PostgresConfig } from "./config";
import { asDatabaseError, deadlineExceeded, unavailable } from "./errors";
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
  /** The borrower must call `release`, with an error when the connection must not be lent again. */
  borrow(): Promise<{ client: PoolClient; release(error?: Error): void }>;
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
    async borrow() {
      const startedAt = performance.now();
      try {
        const client = await withinScope(pool.connect(), name);
        return { client, release: (error) => client.release(error) };
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

/** A connection that comes after the caller has left goes straight back. */
async function withinScope(pending: Promise<PoolClient>, name: string): Promise<PoolClient> {
  const scope = currentScope();
  if (scope?.deadlineAt === undefined && !scope?.signal) return pending;
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const left = new Promise<never>((_, reject) => {
    if (scope.deadlineAt !== undefined) {
      const leftMs = Math.max(0, scope.deadlineAt - Date.now());
      if (leftMs < 2 ** 31) timer = setTimeout(() => reject(deadlineExceeded(name)), leftMs);
    }
    onAbort = () => reject(asDatabaseError(scope.signal?.reason, name, "cancelled"));
    if (scope.signal?.aborted) onAbort();
    else scope.signal?.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([pending, left]);
  } catch (error) {
    pending.then(
      (client) => client.release(),
      () => undefined,
    );
    throw error;
  } finally {
    clearTimeout(timer);
    if (onAbort) scope.signal?.removeEventListener("abort", onAbort);
  }
}

function failureOf(error: unknown): string {
  if (error instanceof Error && /^timeout exceeded/.test(error.message)) return "timeout";
  return (error as { category?: string }).category === undefined ? "refused" : "cancelled";
}
