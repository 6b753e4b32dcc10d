export { monitorConfig, postgresConfig, type MonitorConfig, type PostgresConfig } from "./config";
export { openDatabase } from "./database";
export { isForeignKeyViolation, isUniqueViolation, pgErrorCode } from "./errors";
export { openMonitor, type Monitor } from "./monitor";
export type { Migration } from "./migrations";
export { shapeOf, type StatementShape } from "./statement";
export type { Database, Isolation, Queryable, Transaction, TransactionOptions } from "./types";
