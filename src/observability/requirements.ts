import type { PanelExpression } from "./dashboards";

/** One metric that was asked for: the expression that shows that it is there, and the panel that shows it to people. */
export type Requirement = {
  /** The row of the requirements: C1 each API, C2 the queue, C3 databases, C4 the object store, C5 the business, C6 saturation. */
  id: "C1" | "C2" | "C3" | "C4" | "C5" | "C6";
  what: string;
  /** Has series on a system that has had orders within the last minutes; without defaults, so that a series that is missing shows. */
  promql: string;
  /** A dashboard's uid and the title of one of its panels. */
  panel: readonly [dashboard: PanelExpression["dashboard"], title: PanelExpression["panel"]];
};

const ours = 'grpc_service=~"alexandrite.*"';
/** The codes that are the server's fault; a caller's mistake is no error of the API. */
const faults = 'grpc_code=~"Unknown|DeadlineExceeded|Unimplemented|Internal|Unavailable|DataLoss"';

function api(name: string, service: string, apis: string): Requirement[] {
  const of = `service=~"${service}"`;
  const calls = (more = ""): string => `sum(rate(grpc_server_handled_total{${of},${ours}${more}}[1m]))`;
  const row = (what: string, panel: string, promql: string): Requirement => ({
    id: "C1",
    what: `${name}: ${what}`,
    promql,
    panel: ["golden", `${name}: ${panel}`],
  });
  const data = (way: string): string =>
    `sum(rate(grpc_server_msg_${way}_bytes_total{${of},${ours}}[1m])) / 1024`;
  return [
    row("requests per second", "calls", calls()),
    row(
      "requests per second by user",
      "requests by user",
      `sum by (user) (rate(user_requests_total{api=~"${apis}"}[1m]))`,
    ),
    row(
      "latency, 99 of 100",
      "latency",
      `histogram_quantile(0.99, sum by (le) (rate(grpc_server_handling_seconds_bucket{${of},${ours},grpc_type="unary"}[1m])))`,
    ),
    row("error ratio", "success and error ratio", `${calls(`,${faults}`)} / ${calls()}`),
    row("success ratio", "success and error ratio", `${calls(',grpc_code="OK"')} / ${calls()}`),
    row("sessions at a time", "open calls", `sum(grpc_server_in_flight{${of},${ours}})`),
    row("data received, KB/s", "data", data("received")),
    row("data sent, KB/s", "data", data("sent")),
    row("CPU", "CPU", `sum by (service) (rate(process_cpu_seconds_total{${of}}[1m]))`),
    row("memory", "memory", `sum by (service) (process_resident_memory_bytes{${of}})`),
  ];
}

const reached = (period: string): string =>
  `max by (status) (orders_reached{status=~"CREATED|MODEL_UPLOADED|PRICED|PAID|IN_PRODUCTION|DELIVERED",period="${period}"})`;
const databases = 'datname=~"shop|crm|mes|products|payments"';

const others: readonly [Requirement["id"], string, dashboard: string, panel: string, promql: string][] = [
  ["C2", "dead letters", "kafka", "Dead letters open", "sum(max by (group) (dead_letters_open))"],
  [
    "C2",
    "messages in flight",
    "kafka",
    "In flight",
    "sum(kafka_publish_in_flight) + sum(kafka_consume_in_flight)",
  ],
  [
    "C2",
    "published in all",
    "kafka",
    "Messages in all",
    'sum(max by (partition) (kafka_topic_partition_current_offset{topic="order_status"}))',
  ],
  [
    "C2",
    "queue depth: what consumers have still to read",
    "kafka",
    "Lag in messages",
    "sum by (consumergroup) (max by (consumergroup, topic, partition) (kafka_consumergroup_lag))",
  ],
  [
    "C2",
    "queue depth: age of the oldest that is still to be read",
    "kafka",
    "Lag in seconds",
    "max by (consumergroup) (kafka_consumergroup_lag_seconds)",
  ],
  [
    "C2",
    "queue depth: what is still to be published",
    "kafka",
    "Events in outboxes",
    "max by (service) (outbox_pending)",
  ],
  ["C2", "throughput", "use", "Messages per second", "sum by (topic) (rate(kafka_published_total[1m]))"],
  [
    "C2",
    "published against consumed",
    "kafka",
    "Published against consumed",
    'sum(rate(kafka_topic_partition_current_offset{topic="order_status"}[1m])) - on () group_right () sum by (consumergroup) (rate(kafka_consumergroup_current_offset{topic="order_status"}[1m]))',
  ],
  [
    "C2",
    "connections",
    "kafka",
    "Connections, partitions and consumers",
    "sum by (service) (kafka_client_connected)",
  ],
  [
    "C2",
    "channels: partitions that are read",
    "use",
    "Partitions that are read",
    "sum by (group) (kafka_consumer_assigned_partitions)",
  ],
  [
    "C2",
    "channels: consumers",
    "kafka",
    "Connections, partitions and consumers",
    "max by (consumergroup) (kafka_consumergroup_members)",
  ],
  [
    "C3",
    "connections",
    "use",
    "Server's connections",
    `sum by (datname) (pg_stat_database_numbackends{${databases}}) / on () group_left () max(pg_settings_max_connections)`,
  ],
  [
    "C3",
    "pool use",
    "use",
    "Connections in use",
    'sum by (service, db) (db_client_connections{state="used"}) / sum by (service, db) (db_client_connections_max)',
  ],
  [
    "C3",
    "execution time of queries, 99 of 100",
    "postgres",
    "Execution time by database, 99 of 100",
    "histogram_quantile(0.99, sum by (db, le) (rate(db_client_operation_duration_seconds_bucket[1m])))",
  ],
  [
    "C3",
    "execution time by the server's count",
    "postgres",
    "Statements by the server's count",
    "sum by (datname) (rate(pg_stat_statements_seconds_total[1m]))",
  ],
  ["C3", "slow queries", "postgres", "Slow statements", "sum by (db) (rate(slow_queries_total[1m]))"],
  [
    "C3",
    "transactions per second",
    "postgres",
    "Transactions per second",
    `sum by (datname) (rate(pg_stat_database_xact_commit{${databases}}[1m]))`,
  ],
  [
    "C3",
    "queries per second",
    "postgres",
    "Statements",
    "sum by (db) (rate(db_client_operation_duration_seconds_count[1m]))",
  ],
  ["C3", "memory", "postgres", "Memory of the server", "max(pg_settings_shared_buffers_bytes)"],
  [
    "C3",
    "memory of the processes (not in Docker)",
    "postgres",
    "Memory of the server",
    'max(namedprocess_namegroup_memory_bytes{groupname="postgres",memtype="proportionalResident"})',
  ],
  [
    "C3",
    "disk I/O: blocks read",
    "postgres",
    "Blocks read from disk",
    `sum by (datname) (rate(pg_stat_database_blks_read{${databases}}[1m]))`,
  ],
  [
    "C3",
    "disk I/O of the processes (not in Docker)",
    "postgres",
    "Disk I/O of the server",
    'sum(rate(namedprocess_namegroup_write_bytes_total{groupname="postgres"}[1m]))',
  ],
  [
    "C3",
    "size of Shop's database",
    "postgres",
    "Size of Shop",
    'max(pg_database_size_bytes{datname="shop"})',
  ],
  ["C3", "size of MES's database", "postgres", "Size of MES", 'max(pg_database_size_bytes{datname="mes"})'],
  ["C4", "size of the storage", "s3", "Size", "max by (bucket) (s3_bucket_size_bytes)"],
  ["C4", "number of objects", "s3", "Objects", "max by (bucket) (s3_bucket_objects)"],
  [
    "C4",
    "latency of calls, 99 of 100",
    "s3",
    "Latency by operation, 99 of 100",
    "histogram_quantile(0.99, sum by (le) (rate(s3_client_operation_duration_seconds_bucket[5m])))",
  ],
  [
    "C4",
    "errors of calls",
    "s3",
    "Error ratio",
    '1 - sum(rate(s3_client_operation_duration_seconds_count{code=~"ok|cancelled|not_found"}[5m])) / sum(rate(s3_client_operation_duration_seconds_count[5m]))',
  ],
  [
    "C5",
    "created, with a model, priced, paid, taken, completed: today",
    "orders",
    "Today: created",
    reached("today"),
  ],
  ["C5", "the same of yesterday", "orders", "Yesterday: created", reached("yesterday")],
  ["C5", "the same of this month", "orders", "This month: created", reached("month")],
  ["C5", "active orders", "orders", "Active orders by status", "sum(max by (status) (orders_active))"],
  [
    "C5",
    "mean time of pricing",
    "orders",
    "Mean time to a price",
    "sum(rate(model_to_price_seconds_sum[5m])) / sum(rate(model_to_price_seconds_count[5m]))",
  ],
  [
    "C5",
    "share of messages processed without error",
    "orders",
    "Messages applied without error",
    'sum(rate(inbox_applied_total{outcome!="poison"}[5m])) / sum(rate(inbox_applied_total[5m]))',
  ],
  ["C6", "queue depth", "use", "Oldest waiting", "max by (consumergroup) (kafka_consumergroup_lag_seconds)"],
  [
    "C6",
    "CPU of the machine",
    "node",
    "Processor busy",
    '1 - sum(rate(node_cpu_seconds_total{mode=~"idle|iowait"}[1m])) / sum(rate(node_cpu_seconds_total[1m]))',
  ],
  [
    "C6",
    "CPU by process",
    "node",
    "CPU by process",
    'sum by (service, instance) (rate(process_cpu_seconds_total{job="alexandrite"}[1m]))',
  ],
  [
    "C6",
    "memory of the machine",
    "node",
    "Memory in use",
    "1 - min(node_memory_MemAvailable_bytes) / max(node_memory_MemTotal_bytes)",
  ],
  [
    "C6",
    "memory by process",
    "node",
    "Resident memory",
    'sum by (service, instance) (process_resident_memory_bytes{job="alexandrite"})',
  ],
  [
    "C6",
    "disk I/O of the machine",
    "node",
    "Disk traffic",
    "sum by (device) (rate(node_disk_written_bytes_total[1m]))",
  ],
  [
    "C6",
    "disk I/O by process",
    "node",
    "Disk I/O by process",
    'sum by (service) (rate(process_disk_written_bytes_total{job="alexandrite"}[1m]))',
  ],
  [
    "C6",
    "event loop delay",
    "node",
    "Event loop delay, 99 of 100",
    "max by (service) (nodejs_eventloop_lag_p99_seconds)",
  ],
  [
    "C6",
    "wait for a connection, 99 of 100",
    "use",
    "Wait for a connection, 99 of 100",
    "histogram_quantile(0.99, sum by (db, le) (rate(db_client_connections_wait_seconds_bucket[1m])))",
  ],
  ["C6", "wait for a calculation", "use", "Oldest job without a worker", "max(pricing_queue_oldest_seconds)"],
];

/** What the engineers asked for, row by row. */
export const requirements: readonly Requirement[] = [
  ...api("Shop", "shop", "shop"),
  ...api("CRM", "crm", "crm"),
  ...api("MES", "mes|mes-operator|mes-worker", "mes|operator"),
  ...others.map(([id, what, dashboard, title, promql]): Requirement => ({
    id,
    what,
    promql,
    panel: [dashboard, title],
  })),
];
