import { AppError, categories } from "../errors";
import {
  Operation,
  SpanKind,
  type Attributes,
  type Logger,
  type Metrics,
  type OperationObservers,
} from "../telemetry";
import { asStoreError } from "./errors";
import { s3Duration, s3InFlight } from "./metrics";

/** Not the store has failed but what was to be put; the caller gets the cause as it is. */
export class BodyFailed extends Error {
  constructor(cause: unknown) {
    super("The body of the object failed.", { cause });
  }
}

/** What every answer of the SDK and every error that the store sent carry. */
type Answer = { $metadata?: { httpStatusCode?: number; requestId?: string; attempts?: number } };

/** One call of the store, settled once: metric, CLIENT span and log line hear the same. */
export class StoreCall {
  readonly #operation: Operation;
  readonly #bucket: string;
  readonly #key: string;

  constructor(operation: Operation, bucket: string, key: string) {
    this.#operation = operation;
    this.#bucket = bucket;
    this.#key = key;
  }

  /** Asks the store, in the call's span, which gets what the answer says of itself. */
  async ask<T extends Answer>(fn: () => Promise<T>): Promise<T> {
    try {
      const answer = await this.#operation.run(fn);
      this.#operation.span.setAttributes(answerAttributes(answer));
      return answer;
    } catch (error) {
      this.#operation.span.setAttributes(answerAttributes(error as Answer));
      throw error;
    }
  }

  succeed(bytes: { bytesIn?: number; bytesOut?: number } = {}): void {
    this.#operation.settle({ code: "ok", ...bytes });
  }

  /** Settles as failed and gives what the caller is to see. */
  fail(error: unknown, bytesIn?: number): unknown {
    const bytes = bytesIn === undefined ? {} : { bytesIn };
    if (error instanceof BodyFailed) {
      this.#operation.settle({ code: "body_failed", error: error.cause, ...bytes });
      return error.cause;
    }
    const seen = asStoreError(error, this.#bucket, this.#key);
    this.#operation.settle({ code: seen.category, error: seen, ...bytes });
    return seen;
  }

  /** The reader went away before the object's end, which is no fault. */
  leave(bytesIn: number): void {
    this.#operation.settle({ code: "cancelled", bytesIn });
  }
}

export type StoreObserver = {
  /** Begins a call that its caller settles. */
  start(operation: string, key: string): StoreCall;
  /** A call that one answer ends. */
  ask<T extends Answer>(operation: string, key: string, fn: () => Promise<T>): Promise<T>;
};

/** Makes what observes the calls of one bucket. */
export function createObserver(
  metrics: Metrics,
  log: Logger,
  bucket: string,
  endpoint: string,
): StoreObserver {
  const duration = metrics.histogram(s3Duration);
  const inFlight = metrics.gauge(s3InFlight);
  const { hostname, port, protocol } = new URL(endpoint);
  const common: Attributes = {
    "rpc.system": "aws-api",
    "rpc.service": "S3",
    "aws.s3.bucket": bucket,
    "server.address": hostname,
    "server.port": Number(port) || (protocol === "https:" ? 443 : 80),
  };

  function observersOf(operation: string, key: string): OperationObservers {
    return {
      inFlight: inFlight.child({ bucket, operation }),
      count({ code, seconds }, traceId) {
        duration.observe({ bucket, operation, code }, seconds, { traceId });
      },
      write({ code, error, seconds, bytesIn, bytesOut }) {
        // Whoever asked logs what becomes of it; a line here is worth while when the store itself is in trouble.
        const line = {
          s3_operation: operation,
          s3_key: key,
          s3_code: code,
          ms: Math.round(seconds * 1e6) / 1e3,
          bytes_in: bytesIn,
          bytes_out: bytesOut,
          ...(error instanceof AppError && { reason: error.reason, fault: error.message }),
        };
        log[isTrouble(error) ? "warn" : "debug"](line, `S3 ${operation} ${code}`);
      },
    };
  }

  const start = (operation: string, key: string): StoreCall => {
    const attributes = { ...common, "rpc.method": operation, ...(key && { "aws.s3.key": key }) };
    // Named as the semantic conventions for AWS clients ask.
    const span = { kind: SpanKind.CLIENT, attributes };
    return new StoreCall(new Operation(`S3.${operation}`, span, observersOf(operation, key)), bucket, key);
  };
  return {
    start,
    async ask(operation, key, fn) {
      const call = start(operation, key);
      try {
        const answer = await call.ask(fn);
        call.succeed();
        return answer;
      } catch (error) {
        throw call.fail(error);
      }
    },
  };
}

function answerAttributes({ $metadata = {} }: Answer): Attributes {
  const { httpStatusCode, requestId, attempts = 1 } = $metadata;
  return {
    ...(httpStatusCode !== undefined && { "http.response.status_code": httpStatusCode }),
    ...(requestId !== undefined && { "aws.request_id": requestId }),
    ...(attempts > 1 && { "http.request.resend_count": attempts - 1 }),
  };
}

function isTrouble(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  return categories[error.category].retryable || error.category === "internal";
}

export function isNotFound(error: unknown): boolean {
  return error instanceof AppError && error.category === "not_found";
}
