import { categories, type ErrorCategory } from "./categories";

/** One fault of one input field; `field` is a dotted path as in google.rpc.BadRequest. */
export type FieldViolation = { field: string; description: string };

export type AppErrorInit = {
  category: ErrorCategory;
  /** UPPER_SNAKE, unique within its domain; travels as `google.rpc.ErrorInfo.reason`. */
  reason: string;
  /** Says what, which and by how much. The caller sees it. */
  message: string;
  /** Who lists the reason (`shop.alexandrite`); travels as `google.rpc.ErrorInfo.domain`. */
  domain?: string;
  details?: Record<string, string>;
  violations?: FieldViolation[];
  /** When to try again, in milliseconds; travels as `google.rpc.RetryInfo` and `Retry-After`. */
  retryAfterMs?: number;
  /** A more exact HTTP status than the category's, such as 413; stays within the process. */
  httpStatus?: number;
  cause?: unknown;
};

/**
 * The one error class that crosses boundaries. Anything else that is thrown is a bug: the caller gets a fixed text, the log
 * the whole chain of causes.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly category: ErrorCategory;
  readonly reason: string;
  readonly domain: string;
  readonly details: Record<string, string>;
  readonly violations: FieldViolation[];
  readonly retryAfterMs?: number;
  readonly httpStatus?: number;

  constructor(init: AppErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.category = init.category;
    this.reason = init.reason;
    this.domain = init.domain ?? "alexandrite";
    this.details = init.details ?? {};
    this.violations = init.violations ?? [];
    if (init.retryAfterMs !== undefined) this.retryAfterMs = init.retryAfterMs;
    if (init.httpStatus !== undefined) this.httpStatus = init.httpStatus;
  }

  /** True when the same request may succeed later, unchanged. */
  get retryable(): boolean {
    return categories[this.category].retryable;
  }
}

/** What a caller may see of any thrown value: an AppError as it is, everything else as `internal` with a fixed text. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError({
    category: "internal",
    reason: "INTERNAL",
    message: "The service failed to handle the request; the fault is logged.",
    cause: error,
  });
}
