import { AppError } from "./app-error";

/** Codes of the operating system, of undici and of DNS that mean "not now" rather than "never". */
const transientCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "EAI_AGAIN",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_SOCKET",
]);

/**
 * SQLSTATEs: class 08 connection, 53 resources, 57P0x shutdown, 58 system, 40001/40P01 serialisation and deadlock,
 * 55P03 lock not available, 25006 read-only after a failover, 57014 statement timeout.
 */
const transientSqlState = /^(08...|53...|57P0.|57014|58...|40001|40P01|55P03|25006)$/;

const transientCategories = new Set<string>([
  "unavailable",
  "deadline_exceeded",
  "aborted",
  "resource_exhausted",
  "cancelled",
]);

/** node-postgres has no code for a connection that breaks under a query, only these texts. */
const transientMessage =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout|socket hang up)/i;

/**
 * True when the failure is of the network or of something that is down or overloaded, so that repeating for ever is right.
 * False says only that nothing shows it to be transient. Looks through `cause` and `AggregateError`.
 */
export function isTransient(error: unknown): boolean {
  return look(error, 0);
}

function look(error: unknown, depth: number): boolean {
  if (depth > 8 || typeof error !== "object" || error === null) return false;
  // An AppError was classified by whoever threw it; its cause must not overrule that.
  if (error instanceof AppError) return transientCategories.has(error.category);
  const { code, message, cause, errors, retriable } = error as Record<string, unknown>;
  if (typeof code === "string" && (transientCodes.has(code) || transientSqlState.test(code))) return true;
  // KafkaJS marks its protocol and connection errors itself.
  if (retriable === true) return true;
  if (typeof message === "string" && transientMessage.test(message)) return true;
  if (Array.isArray(errors) && errors.length > 0) return errors.every((each) => look(each, depth + 1));
  return look(cause, depth + 1);
}
