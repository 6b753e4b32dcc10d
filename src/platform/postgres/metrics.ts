import { defineMetric } from "../telemetry";

/** Label `db` is the database's name, `operation` the statement's summary: `SELECT orders`, `COMMIT`. */
export const clientDuration = defineMetric({
  name: "db_client_operation_duration_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time of one statement, from sending it to its last row; waiting for a connection not included.",
  labels: ["db", "operation"],
  buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

export const clientErrorsTotal = defineMetric({
  name: "db_client_errors_total",
  kind: "counter",
  help: "Statements that failed, by SQLSTATE class (23 integrity, 40 rollback, 57 intervention ...), or connection, deadline, cancelled.",
  labels: ["db", "operation", "class"],
});

export const transactionsTotal = defineMetric({
  name: "db_client_transactions_total",
  kind: "counter",
  help: "Transactions by outcome: committed, rolled_back, retried (each attempt that met 40001 or 40P01), unknown (the connection broke during COMMIT).",
  labels: ["db", "outcome"],
});

export const transactionDuration = defineMetric({
  name: "db_client_transaction_duration_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time from BEGIN to the end of COMMIT or ROLLBACK of one attempt.",
  labels: ["db"],
});

export const connections = defineMetric({
  name: "db_client_connections",
  kind: "gauge",
  help: "Connections of this process, by state: idle, used.",
  labels: ["db", "state"],
});

export const connectionsMax = defineMetric({
  name: "db_client_connections_max",
  kind: "gauge",
  help: "The greatest number of connections this process may open.",
  labels: ["db"],
});

export const connectionsWaiting = defineMetric({
  name: "db_client_connections_pending_requests",
  kind: "gauge",
  help: "Requests that wait for a connection now.",
  labels: ["db"],
});

export const connectionWait = defineMetric({
  name: "db_client_connections_wait_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "How long requests waited for a connection, opening it included.",
  labels: ["db"],
  buckets: [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
});

export const connectionFailuresTotal = defineMetric({
  name: "db_client_connections_failures_total",
  kind: "counter",
  help: "Requests that got no connection, by reason: timeout (the pool was exhausted), refused, cancelled.",
  labels: ["db", "reason"],
});

export const slowQueriesTotal = defineMetric({
  name: "slow_queries_total",
  kind: "counter",
  help: "Statements that took as long as the bound of slow ones, 500 ms by default, or longer; the log says which.",
  labels: ["db", "operation"],
});
