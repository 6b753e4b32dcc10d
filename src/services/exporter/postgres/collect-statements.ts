import type { Monitor } from "../../../platform/postgres";
import type { Metrics } from "../../../platform/telemetry";
import type { Collector } from "../collectors";
import { createTable } from "../table";
import { statementMetrics } from "./metrics";

/** `false`: without the statements' texts, which would be read from a file each time. */
const statementsText = `
  SELECT r.rolname AS user, d.datname, s.queryid::text AS queryid,
    sum(s.calls)::float8 AS calls, sum(s.total_exec_time)::float8 / 1000 AS seconds, sum(s.rows)::float8 AS rows
  FROM pg_stat_statements(false) AS s JOIN pg_database AS d ON d.oid = s.dbid JOIN pg_roles AS r ON r.oid = s.userid
  WHERE s.queryid IS NOT NULL
  GROUP BY 1, 2, 3 ORDER BY seconds DESC LIMIT 20`;

type Row = { user: string; datname: string; queryid: string; calls: number; seconds: number; rows: number };

/** The statements that take most of the server's time; needs the extension pg_stat_statements in the database that is entered. */
export function statementsCollector(metrics: Metrics, monitor: Monitor): Collector {
  const tables = {
    calls: createTable(metrics.counter(statementMetrics.calls)),
    seconds: createTable(metrics.counter(statementMetrics.seconds)),
    rows: createTable(metrics.counter(statementMetrics.rows)),
  };
  return {
    name: "statements",
    everyMs: 15_000,
    async look() {
      const rows = await monitor.query<Row>(statementsText);
      for (const column of ["calls", "seconds", "rows"] as const)
        tables[column].replace(
          rows.map((row) => [{ user: row.user, datname: row.datname, queryid: row.queryid }, row[column]]),
        );
    },
    forget() {
      for (const table of Object.values(tables)) table.replace([]);
    },
  };
}
