import { highest, orNone, quantile, rate, total } from "./expressions";
import { dashboard, latency, lines, number, row, table, tail } from "./panels";

const ours = 'datname=~"shop|crm|mes|products|payments"';
const server = 'groupname="postgres"';

export const postgres = dashboard(
  "postgres",
  "Databases",
  "What do the databases do, which statement is slow, who waits for whom, and how large are they?",
  [
    row("The server", [
      number("Database server", "short", "1 while it answers.", "min(pg_up)"),
      number("Connections open", "short", "Over all databases.", "sum(pg_stat_database_numbackends)"),
      number("Connections allowed", "short", "max_connections.", "max(pg_settings_max_connections)"),
      number(
        "Oldest transaction",
        "s",
        "Age of the oldest open transaction: it holds back the clean-up of old rows.",
        "max(pg_stat_activity_max_tx_duration)",
        { bounds: [60, 300] },
      ),
      number("Size of Shop", "bytes", "On disk.", 'max(pg_database_size_bytes{datname="shop"})'),
      number("Size of MES", "bytes", "On disk.", 'max(pg_database_size_bytes{datname="mes"})'),
    ]),
    row("As services see them", [
      lines("Statements", "ops", "Statements per second (QPS), by database.", {
        "{{db}}": rate("db_client_operation_duration_seconds_count", ["db"]),
      }),
      latency(
        "Execution time",
        "Of one statement; waiting for a connection is not in it. The points lead to their traces.",
        (q) => quantile(q, "db_client_operation_duration_seconds"),
      ),
      tail("Execution time by database, 99 of 100", "99 of 100 statements were faster.", {
        "{{db}}": quantile(0.99, "db_client_operation_duration_seconds", ["db"]),
      }),
      lines(
        "Slow statements",
        "ops",
        "Statements that took 500 ms or longer; the log has their text and trace.",
        {
          "{{db}} {{operation}}": orNone("operation", rate("slow_queries_total", ["db", "operation"])),
        },
      ),
      lines(
        "Failed statements",
        "ops",
        "By SQLSTATE class: 23 integrity, 40 rollback, 57 intervention; or connection, deadline, cancelled.",
        {
          "{{db}} {{class}}": orNone("class", rate("db_client_errors_total", ["db", "class"])),
        },
      ),
      lines(
        "Transactions by outcome",
        "ops",
        "As services count them; unknown is a connection that broke during COMMIT.",
        {
          "{{db}} {{outcome}}": rate("db_client_transactions_total", ["db", "outcome"]),
        },
      ),
      table(
        "Statements that take most time",
        "percentunit",
        "Share of one connection that a statement keeps busy.",
        `topk(15, ${rate("db_client_operation_duration_seconds_sum", ["db", "operation"])})`,
      ),
      tail(
        "Transaction time, 99 of 100",
        "From BEGIN to the end of COMMIT or ROLLBACK.",
        {
          "{{db}}": quantile(0.99, "db_client_transaction_duration_seconds", ["db"]),
        },
        { width: 12 },
      ),
    ]),
    row("Connections", [
      lines("Pool by state", "short", "Connections of each process: used and idle.", {
        "{{service}} {{db}} {{state}}": total("db_client_connections", ["service", "db", "state"]),
      }),
      lines("Wait for a connection, 99 of 100", "s", "99 of 100 requests waited less.", {
        "{{db}}": quantile(0.99, "db_client_connections_wait_seconds", ["db"]),
      }),
      lines(
        "Connections by what they do",
        "short",
        "As the server sees them; idle in transaction holds locks and does nothing.",
        {
          "{{datname}} {{state}}": total("pg_stat_activity_count", ["datname", "state"], ours),
        },
      ),
    ]),
    row("As the server sees them", [
      lines("Transactions per second", "ops", "Committed, and rolled back.", {
        "{{datname}} committed": rate("pg_stat_database_xact_commit", ["datname"], ours),
        "{{datname}} rolled back": rate("pg_stat_database_xact_rollback", ["datname"], ours),
      }),
      lines("Rows", "ops", "Rows read, and rows written.", {
        "{{datname}} read": rate("pg_stat_database_tup_fetched", ["datname"], ours),
        "{{datname}} inserted": rate("pg_stat_database_tup_inserted", ["datname"], ours),
        "{{datname}} updated": rate("pg_stat_database_tup_updated", ["datname"], ours),
      }),
      lines("Locks", "short", "Held or waited for, by mode.", {
        "{{datname}} {{mode}}": highest("pg_locks_count", ["datname", "mode"], ours),
      }),
      table(
        "Statements by the server's count",
        "s",
        "Mean time of an execution, of the statements that took most time; queryid is pg_stat_statements'.",
        `topk(15, ${rate("pg_stat_statements_seconds_total", ["datname", "queryid"])} / (${rate("pg_stat_statements_calls_total", ["datname", "queryid"])} > 0))`,
      ),
      lines(
        "Size of the databases",
        "bytes",
        "On disk.",
        { "{{datname}}": highest("pg_database_size_bytes", ["datname"], ours) },
        { width: 12 },
      ),
    ]),
    row("Memory and disk", [
      lines(
        "Memory of the server",
        "bytes",
        "What its processes share counts once; and what it keeps blocks in.",
        {
          processes: highest(
            "namedprocess_namegroup_memory_bytes",
            [],
            `${server},memtype="proportionalResident"`,
          ),
          "shared buffers": highest("pg_settings_shared_buffers_bytes"),
        },
      ),
      lines("Disk I/O of the server", "Bps", "Bytes that its processes read and wrote.", {
        read: rate("namedprocess_namegroup_read_bytes_total", [], server),
        written: rate("namedprocess_namegroup_write_bytes_total", [], server),
      }),
      lines("Blocks read from disk", "ops", "And bytes of temporary files in units of 8 KiB blocks.", {
        "{{datname}}": rate("pg_stat_database_blks_read", ["datname"], ours),
        "{{datname}} temporary": `${rate("pg_stat_database_temp_bytes", ["datname"], ours)} / 8192`,
      }),
    ]),
  ],
);
