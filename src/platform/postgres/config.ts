import { flag, integer, variable, type ConfigOf } from "../config";
import { z } from "zod";

const databaseUrl = z
  .string()
  .refine(
    (value) => URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol),
    "must be a postgres:// URL",
  )
  .refine(
    (value) => !URL.canParse(value) || new URL(value).pathname.length > 1,
    "must name a database: postgres://user:password@host:port/database",
  );

/** What `openDatabase` reads from the environment. */
export const postgresConfig = {
  url: variable("DATABASE_URL", databaseUrl, {
    secret: true,
    description: "where the database is: postgres://user:password@host:port/database",
  }),
  poolSize: variable("DATABASE_POOL_SIZE", integer(1, 200), {
    default: 10,
    description: "the greatest number of connections of this process",
  }),
  statementTimeoutMs: variable("DATABASE_STATEMENT_TIMEOUT_MS", integer(1), {
    default: 10_000,
    description: "the bound of a statement without a deadline, in milliseconds",
  }),
  lockTimeoutMs: variable("DATABASE_LOCK_TIMEOUT_MS", integer(1), {
    default: 5_000,
    description: "how long a statement waits for a lock, in milliseconds",
  }),
  connectTimeoutMs: variable("DATABASE_CONNECT_TIMEOUT_MS", integer(1), {
    default: 5_000,
    description: "how long a request waits for a connection, in milliseconds",
  }),
  startTimeoutMs: variable("DATABASE_START_TIMEOUT_MS", integer(0), {
    default: 60_000,
    description: "how long the start waits for a database that does not answer, in milliseconds",
  }),
  slowQueryMs: variable("DATABASE_SLOW_QUERY_MS", integer(0), {
    default: 500,
    description: "statements that take this long or longer are logged, in milliseconds",
  }),
  explainSlow: variable("DATABASE_EXPLAIN_SLOW", flag, {
    default: false,
    description: "also log the plans of slow SELECTs, asked for over a connection of their own",
  }),
};

export type PostgresConfig = ConfigOf<typeof postgresConfig>;

/** What `openMonitor` reads from the environment. */
export const monitorConfig = {
  url: variable("DATABASE_URL", databaseUrl, {
    default: "postgres://monitor@127.0.0.1:54320/postgres",
    secret: true,
    description: "where the database server is, entered as somebody who has pg_monitor",
  }),
};

export type MonitorConfig = ConfigOf<typeof monitorConfig>;
