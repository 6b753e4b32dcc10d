import { highest, orNone, orZero, quantile, rate, ratio, total } from "./expressions";
import { dashboard, lines, row } from "./panels";

const mes = 'service=~"mes|mes-operator|mes-worker"';
const ours = 'datname=~"shop|crm|mes|products|payments"';

export const use = dashboard(
  "use",
  "USE: databases, MES and the queue",
  "How busy is each resource, how much work waits for it, and what fails? The databases, MES with the pricing workers, and Kafka.",
  [
    row("Databases: utilisation", [
      lines(
        "Connections in use",
        "percentunit",
        "Share of a process's pool that is in use.",
        {
          "{{service}} {{db}}": `${total("db_client_connections", ["service", "db"], 'state="used"')} / ${total("db_client_connections_max", ["service", "db"])}`,
        },
        { max: 1, bounds: [0.8] },
      ),
      lines(
        "Server's connections",
        "percentunit",
        "Share of the server's connections that are open, by database.",
        {
          "{{datname}}": `${total("pg_stat_database_numbackends", ["datname"], ours)} / on () group_left () max(pg_settings_max_connections)`,
        },
        { max: 1, bounds: [0.8] },
      ),
      lines(
        "Blocks found in memory",
        "percentunit",
        "Share of blocks that did not have to be read from disk.",
        {
          "{{datname}}": ratio(
            rate("pg_stat_database_blks_hit", ["datname"], ours),
            `(${rate("pg_stat_database_blks_hit", ["datname"], ours)} + ${rate("pg_stat_database_blks_read", ["datname"], ours)})`,
          ),
        },
        { max: 1 },
      ),
    ]),
    row("Databases: saturation and errors", [
      lines(
        "Requests that wait for a connection",
        "short",
        "Now, by process and database.",
        {
          "{{service}} {{db}}": total("db_client_connections_pending_requests", ["service", "db"]),
        },
        { bounds: [1] },
      ),
      lines("Wait for a connection, 99 of 100", "s", "99 of 100 requests waited less, opening it included.", {
        "{{service}} {{db}}": quantile(0.99, "db_client_connections_wait_seconds", ["service", "db"]),
      }),
      lines(
        "Failed statements and transactions",
        "ops",
        "Statements by SQLSTATE class, requests without a connection by reason, and deadlocks.",
        {
          "{{db}} {{class}}": orNone("class", rate("db_client_errors_total", ["db", "class"])),
          "no connection: {{reason}}": orNone(
            "reason",
            rate("db_client_connections_failures_total", ["reason"]),
          ),
          deadlocks: rate("pg_stat_database_deadlocks", [], ours),
        },
      ),
    ]),
    row("MES: utilisation", [
      lines("MES: CPU", "percentunit", "Share of one processor.", {
        "{{service}} {{instance}}": rate("process_cpu_seconds_total", ["service", "instance"], mes),
      }),
      lines(
        "MES: calls at a time",
        "percentunit",
        "Unary calls being answered, as a share of how many may be.",
        {
          "{{service}}": `${total("grpc_server_concurrent_calls", ["service"], mes)} / (${total("grpc_server_concurrency_limit", ["service"], mes)} > 0) or ${total("grpc_server_concurrent_calls", ["service"], mes)} * 0`,
        },
        { bounds: [0.9] },
      ),
      lines(
        "Calculations at a time",
        "short",
        "Slots of pricing workers that are busy, and jobs that workers hold.",
        {
          busy: total("pricing_slots_busy"),
          "{{state}}": highest("pricing_jobs", ["state"]),
        },
      ),
    ]),
    row("MES: saturation and errors", [
      lines(
        "MES: calls that wait, 99 of 100",
        "s",
        "99 of 100 of the calls that waited for others to end waited less, by priority.",
        {
          "{{service}} {{priority}}": orNone(
            "priority",
            quantile(0.99, "grpc_server_queue_seconds", ["service", "priority"], mes),
          ),
        },
      ),
      lines(
        "Oldest job without a worker",
        "s",
        "And how long a calculation that is asked for now would wait, by estimate.",
        {
          oldest: highest("pricing_queue_oldest_seconds"),
          estimate: highest("pricing_wait_estimate_seconds"),
        },
      ),
      lines(
        "MES: event loop delay, 99 of 100",
        "s",
        "How late timers fire.",
        {
          "{{service}} {{instance}}": `nodejs_eventloop_lag_p99_seconds{${mes}}`,
        },
        { bounds: [0.1] },
      ),
      lines(
        "MES: errors",
        "ops",
        "Calculations that failed by reason, orders whose price could not be set, and failed rounds of background loops.",
        {
          "{{outcome}}": orNone("outcome", rate("pricing_worker_jobs_total", ["outcome"], 'outcome!="done"')),
          "price not set": rate("pricing_completion_failures_total"),
          "{{loop}}": orNone("loop", rate("background_loop_runs_total", ["loop"], `${mes},outcome="error"`)),
        },
      ),
    ]),
    row("Queue: utilisation", [
      lines("Messages per second", "ops", "Acknowledged by all in-sync replicas, and handled.", {
        "published to {{topic}}": rate("kafka_published_total", ["topic"]),
        "consumed by {{group}}": rate("kafka_consumed_total", ["group"], 'outcome="ok"'),
      }),
      lines("Messages in flight", "short", "Being published, and being handled.", {
        publishing: total("kafka_publish_in_flight"),
        "{{group}}": total("kafka_consume_in_flight", ["group"]),
      }),
      lines(
        "Partitions that are read",
        "short",
        "Partitions assigned to the consumers of a group; 12 are all.",
        {
          "{{group}}": total("kafka_consumer_assigned_partitions", ["group"]),
        },
      ),
    ]),
    row("Queue: saturation and errors", [
      lines("Consumer lag", "short", "Messages that a group has not committed yet.", {
        "{{consumergroup}}":
          "sum by (consumergroup) (max by (consumergroup, topic, partition) (kafka_consumergroup_lag))",
      }),
      lines(
        "Oldest waiting",
        "s",
        "Age of the oldest event in an outbox, of the oldest message that a group has not committed, and of the oldest parked one.",
        {
          "outbox of {{service}}": "database:outbox_oldest_unpublished_seconds:max",
          "not committed by {{consumergroup}}": highest("kafka_consumergroup_lag_seconds", ["consumergroup"]),
          "parked in {{group}}": highest("inbox_oldest_parked_seconds", ["group"]),
        },
      ),
      lines(
        "Queue: errors",
        "ops",
        "Messages that could not be sent by reason, deliveries that failed by outcome, messages set aside by reason.",
        {
          "not sent: {{reason}}": orNone("reason", rate("kafka_publish_errors_total", ["reason"])),
          "{{group}} {{outcome}}": orNone(
            "outcome",
            rate("kafka_consumed_total", ["group", "outcome"], 'outcome!="ok"'),
          ),
          "set aside: {{reason}}": orNone("reason", rate("dead_letters_total", ["reason"])),
          "outbox fenced": orZero(rate("outbox_fenced_total")),
        },
      ),
    ]),
  ],
);
