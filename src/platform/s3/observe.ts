import { AppError } from "../errors";
import { currentTraceId, SpanKind, withSpan, type Metrics } from "../telemetry";
import { asStoreError } from "./errors";
import { s3Duration } from "./metrics";

/** Not the store has failed but what was to be put; the caller gets the cause as it is. */
export class BodyFailed extends Error {
  constructor(cause: unknown) {
    super("The body of the object failed.", { cause });
  }
}

/** Runs one operation in a CLIENT span; its outcome goes to the metric and the span, its error becomes an AppError. */
export function createObserver(metrics: Metrics, bucket: string, address: string) {
  const duration = metrics.histogram(s3Duration);

  return <T>(operation: string, key: string, fn: () => Promise<T>): Promise<T> => {
    const attributes = {
      "rpc.system": "aws-api",
      "rpc.service": "S3",
      "rpc.method": operation,
      "aws.s3.bucket": bucket,
      "server.address": address,
      ...(key && { "aws.s3.key": key }),
    };
    return withSpan(`S3 ${operation}`, { kind: SpanKind.CLIENT, attributes }, async () => {
      const startedAt = performance.now();
      let code = "ok";
      try {
        return await fn();
      } catch (error) {
        if (error instanceof BodyFailed) {
          code = "body_failed";
          throw error.cause;
        }
        const seen = asStoreError(error, bucket, key);
        code = seen.category;
        throw seen;
      } finally {
        const seconds = (performance.now() - startedAt) / 1_000;
        duration.observe({ bucket, operation, code }, seconds, { traceId: currentTraceId() });
      }
    });
  };
}

export function isNotFound(error: unknown): boolean {
  return error instanceof AppError && error.category === "not_found";
}
