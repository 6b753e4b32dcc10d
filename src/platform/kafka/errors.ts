import { AppError } from "../errors";

/** The broker will never take these records; others of the same request it may. */
const refusedRecord = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
]);
/** Nothing can be sent to this topic until somebody acts. */
const refusedTopic = new Set([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "INVALID_TOPIC_EXCEPTION",
  "TOPIC_AUTHORIZATION_FAILED",
]);

/**
 * What callers see of a kafkajs error: MESSAGE_REFUSED, TOPIC_UNUSABLE, or KAFKA_UNAVAILABLE, which is transient. Everything unknown counts as
 * transient: sequence errors, for one, are "not retriable" to kafkajs and gone with the next producer.
 */
export function asKafkaError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const type = protocolType(error);
  if (type !== undefined && refusedRecord.has(type)) {
    const message = `Kafka refused a message: ${type}.`;
    return new AppError({ category: "invalid_argument", reason: "MESSAGE_REFUSED", message, cause: error });
  }
  if (type !== undefined && refusedTopic.has(type)) {
    const message = `Kafka cannot take messages for a topic: ${type}.`;
    return new AppError({ category: "failed_precondition", reason: "TOPIC_UNUSABLE", message, cause: error });
  }
  const message = `Kafka did not do what was asked: ${error instanceof Error ? error.message : String(error)}.`;
  return new AppError({ category: "unavailable", reason: "KAFKA_UNAVAILABLE", message, cause: error });
}

/** kafkajs wraps what the broker said in errors about its retries. */
function protocolType(error: unknown): string | undefined {
  let at = error as { type?: unknown; cause?: unknown } | undefined;
  for (let depth = 0; depth < 8 && typeof at === "object" && at !== null; depth++) {
    if (typeof at.type === "string") return at.type;
    at = at.cause as typeof at;
  }
  return undefined;
}
