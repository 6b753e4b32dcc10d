import { types } from "node:util";
import { AppError } from "../errors";

/** The SQLSTATE of an error or of one of its causes; undefined when the database did not answer with one. */
export function pgErrorCode(error: unknown): string | undefined {
  return found(error, (at) => (isSqlState(at.code) ? at.code : undefined));
}

/** Whether a unique constraint or index (the named one, or any) refused a row. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return isViolation(error, "23505", constraint);
}

/** Whether a foreign key (the named one, or any) refused a row. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  return isViolation(error, "23503", constraint);
}

function isViolation(error: unknown, code: string, constraint?: string): boolean {
  const name = found(error, (at) => (at.code === code ? (at.constraint ?? "") : undefined));
  return name !== undefined && (constraint === undefined || name === constraint);
}

type PgError = { code?: unknown; constraint?: string; cause?: unknown };

function found(error: unknown, pick: (at: PgError) => string | undefined): string | undefined {
  let at = error;
  for (let depth = 0; depth < 8 && typeof at === "object" && at !== null; depth++) {
    const value = pick(at as PgError);
    if (value !== undefined) return value;
    at = (at as PgError).cause;
  }
  return undefined;
}

function isSqlState(code: unknown): code is string {
  // Five letters alone would take EPIPE for one: a SQLSTATE has a digit among its first two or last three.
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);
}

/** Why we ended a statement ourselves. */
export type Ended = "deadline" | "cancelled";

/**
 * What the caller sees of a failed statement. Refusals by the database (constraints, syntax, raised exceptions) stay as they are: the caller may
 * know the constraint, and what nobody knows is a bug.
 */
export function asDatabaseError(error: unknown, database: string, ended?: Ended): unknown {
  if (error instanceof AppError) return error;
  const code = pgErrorCode(error);
  if (ended) return endedBy(ended, database, error);
  if (code === "57014") return endedBy("deadline", database, error);
  if (code === "55P03") {
    const message = `A row of database ${database} stayed locked for longer than the lock timeout.`;
    return new AppError({ category: "aborted", reason: "LOCK_TIMEOUT", message, cause: error });
  }
  if (code === "40001" || code === "40P01") {
    const message = `Transactions of database ${database} kept getting in each other's way.`;
    return new AppError({ category: "aborted", reason: "CONFLICT", message, cause: error });
  }
  if (code === undefined ? isConnectionFault(error) : isOutage.test(code))
    return unavailable(database, error);
  return error;
}

/** SQLSTATE classes of a database that cannot serve now: connection, resources, shutdown, system; 25006 is a standby; 3D000 and 28xxx are not: they are wrong settings. */
const isOutage = /^(08...|53...|57P0[1-5]|58...|25006)$/;

function isConnectionFault(error: unknown): boolean {
  // Not instanceof: what Node itself throws may be of another realm.
  if (!types.isNativeError(error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && /^(E[A-Z]+|EAI_AGAIN)$/.test(code)) return true;
  if (error instanceof AggregateError) return error.errors.every(isConnectionFault);
  // node-postgres has no code for these.
  return /^(Connection terminated|Client has encountered a connection error|timeout e|Client was closed)/i.test(
    error.message,
  );
}

/** Whether node-postgres refused to send the statement, because it knew that the connection was lost. */
export function wasNotSent(error: unknown): boolean {
  const refusal = /is not queryable$/;
  return (
    found(error, (at) => (refusal.test(String((at as Error).message)) ? "refused" : undefined)) !== undefined
  );
}

/** What the caller sees of a wait that we ended. */
export function endedBy(why: Ended, database: string, cause?: unknown): AppError {
  if (why === "cancelled") {
    const message = `The caller left before database ${database} answered.`;
    return new AppError({ category: "cancelled", reason: "DATABASE_CANCELLED", message, cause });
  }
  const message = `Database ${database} did not answer before the deadline.`;
  return new AppError({ category: "deadline_exceeded", reason: "DATABASE_DEADLINE", message, cause });
}

export function unavailable(database: string, cause?: unknown): AppError {
  const message = `Database ${database} cannot be reached.`;
  return new AppError({ category: "unavailable", reason: "DATABASE_UNAVAILABLE", message, cause });
}
