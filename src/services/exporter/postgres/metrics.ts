import { defineMetric } from "../../../platform/telemetry";

/**
 * As postgres_exporter names and labels them. What it counts without `_total` is a gauge by type here and only rises all the same: `rate()` does not look at the type.
 */
const byDatabase = ["datname"] as const;

export const postgresMetrics = {
  up: defineMetric({
    name: "pg_up",
    kind: "gauge",
    help: "1 while the database server answers.",
  }),
  size: defineMetric({
    name: "pg_database_size_bytes",
    kind: "gauge",
    unit: "bytes",
    help: "Size of a database on disk.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  xactCommit: defineMetric({
    name: "pg_stat_database_xact_commit",
    kind: "gauge",
    help: "Transactions of a database that were committed.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  xactRollback: defineMetric({
    name: "pg_stat_database_xact_rollback",
    kind: "gauge",
    help: "Transactions of a database that were rolled back.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  tupReturned: defineMetric({
    name: "pg_stat_database_tup_returned",
    kind: "gauge",
    help: "Rows that were read by scans.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  tupFetched: defineMetric({
    name: "pg_stat_database_tup_fetched",
    kind: "gauge",
    help: "Rows that were fetched for queries.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  tupInserted: defineMetric({
    name: "pg_stat_database_tup_inserted",
    kind: "gauge",
    help: "Rows that were inserted.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  tupUpdated: defineMetric({
    name: "pg_stat_database_tup_updated",
    kind: "gauge",
    help: "Rows that were updated.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  tupDeleted: defineMetric({
    name: "pg_stat_database_tup_deleted",
    kind: "gauge",
    help: "Rows that were deleted.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  blksHit: defineMetric({
    name: "pg_stat_database_blks_hit",
    kind: "gauge",
    help: "Blocks that were found in the server's buffers.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  blksRead: defineMetric({
    name: "pg_stat_database_blks_read",
    kind: "gauge",
    help: "Blocks that had to be read from disk.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  blkReadTime: defineMetric({
    name: "pg_stat_database_blk_read_time",
    kind: "gauge",
    help: "Time spent reading blocks from disk, in milliseconds; needs track_io_timing.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  blkWriteTime: defineMetric({
    name: "pg_stat_database_blk_write_time",
    kind: "gauge",
    help: "Time spent writing blocks to disk, in milliseconds; needs track_io_timing.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  deadlocks: defineMetric({
    name: "pg_stat_database_deadlocks",
    kind: "gauge",
    help: "Deadlocks that were found.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  tempBytes: defineMetric({
    name: "pg_stat_database_temp_bytes",
    kind: "gauge",
    unit: "bytes",
    help: "Bytes that queries wrote to temporary files.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  numbackends: defineMetric({
    name: "pg_stat_database_numbackends",
    kind: "gauge",
    help: "Connections to a database now.",
    labels: byDatabase,
    maxSeries: 100,
  }),
  activity: defineMetric({
    name: "pg_stat_activity_count",
    kind: "gauge",
    help: "Connections of clients, by database, state, and what they wait for; Lock is another one's lock.",
    labels: ["datname", "state", "wait_event_type"],
    maxSeries: 500,
  }),
  longestTransaction: defineMetric({
    name: "pg_stat_activity_max_tx_duration",
    kind: "gauge",
    help: "Age of the oldest open transaction, by database, state, and what it waits for, in seconds.",
    labels: ["datname", "state", "wait_event_type"],
    maxSeries: 500,
  }),
  maxConnections: defineMetric({
    name: "pg_settings_max_connections",
    kind: "gauge",
    help: "Connections that the server allows at most.",
  }),
  sharedBuffers: defineMetric({
    name: "pg_settings_shared_buffers_bytes",
    kind: "gauge",
    unit: "bytes",
    help: "Memory that the server keeps blocks in.",
  }),
  locks: defineMetric({
    name: "pg_locks_count",
    kind: "gauge",
    help: "Locks on a database's tables, by mode, held or waited for.",
    labels: ["datname", "mode"],
    maxSeries: 500,
  }),
};

const byQuery = ["user", "datname", "queryid"] as const;

/** The twenty statements that took most of the server's time. */
export const statementMetrics = {
  calls: defineMetric({
    name: "pg_stat_statements_calls_total",
    kind: "counter",
    help: "Executions of a statement, of the 20 that took most time.",
    labels: byQuery,
    maxSeries: 100,
  }),
  seconds: defineMetric({
    name: "pg_stat_statements_seconds_total",
    kind: "counter",
    unit: "seconds",
    help: "Time of a statement's executions, of the 20 that took most time.",
    labels: byQuery,
    maxSeries: 100,
  }),
  rows: defineMetric({
    name: "pg_stat_statements_rows_total",
    kind: "counter",
    help: "Rows of a statement's executions, of the 20 that took most time.",
    labels: byQuery,
    maxSeries: 100,
  }),
};
