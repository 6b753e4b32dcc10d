export { postgresConfig, type PostgresConfig } from "./config";
export { openDatabase } from "./database";
export { isForeignKeyViolation, isUniqueViolation, pgErrorCode } from "./errors";
export type { Migration } from "./migrations";
export { shapeOf, type StatementShape } from "./statement";
export type { Database, Isolation, Queryable, Transaction, TransactionOptions } from "./types";
