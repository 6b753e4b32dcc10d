import { AppError, isTransient } from "../errors";
import { remainingMs } from "../telemetry";

type S3Error = { name?: string; message?: string; $metadata?: { httpStatusCode?: number } };

/** What callers see of an SDK error: OBJECT_NOT_FOUND, STORE_UNAVAILABLE (transient), STORE_DEADLINE, STORE_CANCELLED, STORE_REFUSED. */
export function asStoreError(error: unknown, bucket: string, key: string): AppError {
  if (error instanceof AppError) return error;
  const { name = "", message = "", $metadata } = error as S3Error;
  const status = $metadata?.httpStatusCode;
  const what = key ? `Object ${key} of bucket ${bucket}` : `Bucket ${bucket}`;
  const make = (
    category: ConstructorParameters<typeof AppError>[0]["category"],
    reason: string,
    text: string,
  ) => new AppError({ category, reason, message: text, cause: error });
  if (name === "NoSuchKey" || name === "NotFound" || name === "NoSuchBucket" || status === 404) {
    return make("not_found", "OBJECT_NOT_FOUND", `${what} does not exist.`);
  }
  if (name === "AbortError" || name === "TimeoutError") {
    // A timer may fire a moment before its time.
    if ((remainingMs() ?? Infinity) <= 5) {
      return make(
        "deadline_exceeded",
        "STORE_DEADLINE",
        `${what}: the object store did not answer before the deadline.`,
      );
    }
    if (name === "AbortError")
      return make("cancelled", "STORE_CANCELLED", `${what}: nobody waits for it any more.`);
  }
  const later =
    status === undefined || status >= 500 || status === 429 || name === "TimeoutError" || name === "SlowDown";
  if (later || isTransient(error))
    return make(
      "unavailable",
      "STORE_UNAVAILABLE",
      `${what}: the object store did not answer: ${message || name}.`,
    );
  return make("internal", "STORE_REFUSED", `${what}: the object store refused: ${name} ${message}.`);
}
