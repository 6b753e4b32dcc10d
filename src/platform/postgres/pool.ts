import { Client, Pool, type ClientConfig, type PoolClient } from "pg";
import { AppError, isTransient } from "../errors";
import type { Context, Logger, Metrics } from "../telemetry";
import type { PostgresConfig } from "./config";
import { asDatabaseError, endedBy, unavailable } from "./errors";
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

export type Acquired = (error: unknown, client?: PoolClient) => void;

/** Lends connections, and measures how that goes. */
export type ConnectionPool = {
  /**
   * Calls `done` once, with a connection or with why there is none; waits within `limit`. The borrower must call the connection's `release`, with an error
   * when it must not be lent again.
   */
  acquire(limit: Limit, done: Acquired): void;
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
    Client: clientWithTimeout(config.connectTimeoutMs),
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
    acquire(limit, done) {
      const startedAt = performance.now();
      connect(pool, limit, config.connectTimeoutMs, name, (error, client) => {
        wait.observe((performance.now() - startedAt) / 1_000);
        if (client) return done(undefined, client);
        failures.inc({ ...db, reason: failureOf(error) });
        // The pool's own timeout has no code; a refused password or a missing database is no outage and stays what it is.
        const seen = asDatabaseError(error, name);
        done(isTransient(seen) && !(seen instanceof AppError) ? unavailable(name, error) : seen);
      });
    },
    async close() {
      await pool.end();
      unhook();
    },
  };
}

/** Given to the pool, the timeout would be a timer for each loan; given to its connections, it is one for each new connection. The wait for a loan is the limit's. */
function clientWithTimeout(connectionTimeoutMillis: number): typeof Client {
  return class extends Client {
    constructor(config: ClientConfig) {
      super({ ...config, connectionTimeoutMillis });
    }
  } as typeof Client;
}

/** The same as a promise. */
export function borrow(pool: Pick<ConnectionPool, "acquire">, limit: Limit): Promise<PoolClient> {
  return new Promise((resolve, reject) =>
    pool.acquire(limit, (error, client) => (client ? resolve(client) : reject(error as Error))),
  );
}

/** Borrows for a statement: when there is no connection, that is how the statement ended, and it is observed as such. */
export function acquireFor(
  text: string,
  pool: ConnectionPool,
  limit: Limit,
  parent: Context,
  instruments: Instruments,
  done: Acquired,
): void {
  const askedAt = Date.now();
  pool.acquire(limit, (error, client) => {
    if (!client) instruments.notSent(instruments.statement(text), parent, error, askedAt);
    done(error, client);
  });
}

/** Calls `done` once. A connection that comes after the caller has left goes straight back. */
function connect(pool: Pool, limit: Limit, timeoutMs: number, name: string, done: Acquired): void {
  const passed = limit.passed();
  if (passed) {
    process.nextTick(done, endedBy(passed, name));
    return;
  }
  // A new connection has a timeout of its own.
  const opens = pool.idleCount === 0 && pool.totalCount < pool.options.max;
  let left = false;
  limit.watch(opens ? Infinity : timeoutMs, (why) => {
    left = true;
    const exhausted = why === "deadline" && limit.passed() === undefined;
    done(exhausted ? new Error(timedOut) : endedBy(why, name));
  });
  pool.connect((error, client) => {
    if (left) {
      client?.release();
      return;
    }
    limit.rest();
    if (client) done(undefined, client);
    else done(error);
  });
}

const timedOut = "timeout exceeded: no connection was free";

function failureOf(error: unknown): string {
  if (error instanceof Error && error.message === timedOut) return "timeout";
  return (error as { category?: string }).category === undefined ? "refused" : "cancelled";
}
