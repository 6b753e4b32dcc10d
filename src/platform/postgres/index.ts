import type { ServiceHost } from "../lifecycle";
import type { PostgresConfig } from "./config";
import type { Migration } from "./migrations";
import type { Database } from "./types";
export type { Database, Isolation, Queryable, Transaction, TransactionOptions } from "./types";
export type { Migration } from "./migrations";
export { postgresConfig, type PostgresConfig } from "./config";
export declare function openDatabase(
  host: ServiceHost,
  config: PostgresConfig,
  options: { migrations: readonly Migration[] },
): Promise<Database>;
export declare function pgErrorCode(error: unknown): string | undefined;
export declare function isUniqueViolation(error: unknown, constraint?: string): boolean;
