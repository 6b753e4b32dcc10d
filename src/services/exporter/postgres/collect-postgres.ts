import type { Monitor } from "../../../platform/postgres";
import type { Metrics } from "../../../platform/telemetry";
import type { Collector } from "../collectors";
import { createTable } from "../table";
import { postgresMetrics as specs } from "./metrics";

type DatabaseRow = { datname: string; size: number } & Record<keyof typeof counted, number>;

/** The columns of pg_stat_database that are told, by the metric that tells them. */
const counted = {
  xactCommit: "xact_commit",
  xactRollback: "xact_rollback",
  tupReturned: "tup_returned",
  tupFetched: "tup_fetched",
  tupInserted: "tup_inserted",
  tupUpdated: "tup_updated",
  tupDeleted: "tup_deleted",
  blksHit: "blks_hit",
  blksRead: "blks_read",
  blkReadTime: "blk_read_time",
  blkWriteTime: "blk_write_time",
  deadlocks: "deadlocks",
  tempBytes: "temp_bytes",
  numbackends: "numbackends",
} as const;
const names = Object.keys(counted) as (keyof typeof counted)[];

/** More databases than a system has are a test server's. */
const databases = "SELECT oid, datname FROM pg_database WHERE NOT datistemplate ORDER BY datname LIMIT 50";

const databaseText = `
  SELECT d.datname, pg_database_size(d.oid)::float8 AS size,
    ${names.map((name) => `s.${counted[name]}::float8 AS "${name}"`).join(", ")}
  FROM (${databases}) AS d JOIN pg_stat_database AS s ON s.datid = d.oid`;

/** The states that connections are in exist from the start, and so does the wait for a lock. */
const activityText = `
  SELECT d.datname, k.state, k.wait, count(a.pid)::float8 AS connections,
    coalesce(max(extract(epoch FROM clock_timestamp() - a.xact_start)), 0)::float8 AS longest
  FROM (${databases}) AS d
  CROSS JOIN (VALUES ('active', ''), ('active', 'Lock'), ('idle', ''), ('idle in transaction', ''), ('idle in transaction (aborted)', '')) AS k (state, wait)
  LEFT JOIN pg_stat_activity AS a ON a.datid = d.oid AND a.backend_type = 'client backend' AND a.state = k.state
    AND (coalesce(a.wait_event_type, '') = 'Lock') = (k.wait = 'Lock')
  GROUP BY 1, 2, 3`;

const locksText = `
  SELECT d.datname, m.mode, count(l.pid)::float8 AS locks
  FROM (${databases}) AS d
  CROSS JOIN (VALUES ('accesssharelock'), ('rowsharelock'), ('rowexclusivelock'), ('shareupdateexclusivelock'), ('sharelock'),
    ('sharerowexclusivelock'), ('exclusivelock'), ('accessexclusivelock')) AS m (mode)
  LEFT JOIN pg_locks AS l ON l.database = d.oid AND lower(l.mode) = m.mode
  GROUP BY 1, 2`;

const settingsText = `
  SELECT current_setting('max_connections')::float8 AS connections, pg_size_bytes(current_setting('shared_buffers'))::float8 AS buffers`;

/** What a PostgreSQL server tells of itself to somebody who has pg_monitor. */
export function postgresCollector(metrics: Metrics, monitor: Monitor): Collector {
  const up = metrics.gauge(specs.up).child({});
  const maxConnections = metrics.gauge(specs.maxConnections).child({});
  const sharedBuffers = metrics.gauge(specs.sharedBuffers).child({});
  const sizes = createTable(metrics.gauge(specs.size));
  const counts = names.map((name) => ({ name, table: createTable(metrics.gauge(specs[name])) }));
  const activity = createTable(metrics.gauge(specs.activity));
  const longest = createTable(metrics.gauge(specs.longestTransaction));
  const locks = createTable(metrics.gauge(specs.locks));
  const tables = [sizes, activity, longest, locks, ...counts.map(({ table }) => table)];

  return {
    name: "postgres",
    async look() {
      const rows = await monitor.query<DatabaseRow>(databaseText);
      sizes.replace(rows.map(({ datname, size }) => [{ datname }, size]));
      for (const { name, table } of counts)
        table.replace(rows.map((row) => [{ datname: row.datname }, row[name]]));

      type ActivityRow = {
        datname: string;
        state: string;
        wait: string;
        connections: number;
        longest: number;
      };
      const states = (await monitor.query<ActivityRow>(activityText)).map(
        ({ datname, state, wait, ...row }) => ({
          labels: { datname, state, wait_event_type: wait },
          ...row,
        }),
      );
      activity.replace(states.map(({ labels, connections }) => [labels, connections]));
      longest.replace(states.map((row) => [row.labels, row.longest]));

      const held = await monitor.query<{ datname: string; mode: string; locks: number }>(locksText);
      locks.replace(held.map(({ datname, mode, locks: count }) => [{ datname, mode }, count]));

      const [settings] = await monitor.query<{ connections: number; buffers: number }>(settingsText);
      maxConnections.set(settings?.connections ?? 0);
      sharedBuffers.set(settings?.buffers ?? 0);
      up.set(1);
    },
    forget() {
      up.set(0);
      for (const table of tables) table.replace([]);
    },
  };
}
