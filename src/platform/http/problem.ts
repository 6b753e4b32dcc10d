import {
  AppError,
  categories,
  categoryOfHttpStatus,
  toAppError,
  type ErrorCategory,
  type FieldViolation,
} from "../errors";

/** The JSON body of every failed request. */
export type Problem = {
  error: {
    code: ErrorCategory;
    reason: string;
    message: string;
    details?: Record<string, string>;
    violations?: FieldViolation[];
  };
};

/** A thrown value as an answer. Fastify's own faults and its plugins' keep their status (403, 413, 415), ours follow the category table. */
export function answerOf(thrown: unknown): { status: number; error: AppError } {
  const { code, status, statusCode, message, validation, expose } = (
    typeof thrown === "object" && thrown !== null ? thrown : {}
  ) as {
    code?: unknown;
    status?: unknown;
    statusCode?: unknown;
    /** Of http-errors, which plugins throw: whether the message is for the caller. */
    expose?: unknown;
    message?: unknown;
    validation?: unknown;
  };
  const isOfPlugin = typeof expose === "boolean" && status === statusCode;
  const isFastify = isOfPlugin || (typeof code === "string" && code.startsWith("FST_"));
  if (
    !(thrown instanceof AppError) &&
    isFastify &&
    typeof statusCode === "number" &&
    statusCode >= 400 &&
    statusCode < 500
  ) {
    const reason = reasons[statusCode] ?? "BAD_REQUEST";
    const violations = Array.isArray(validation) ? validation.map(violationOf) : [];
    const category = categoryOfHttpStatus(statusCode);
    return {
      status: statusCode,
      error: new AppError({
        category,
        reason,
        message: expose === false ? "This cannot be had, or not in this way" : String(message),
        violations,
        cause: thrown,
      }),
    };
  }
  const error = toAppError(thrown);
  return { status: error.httpStatus ?? categories[error.category].httpStatus, error };
}

const reasons: Record<number, string> = {
  403: "FORBIDDEN",
  404: "ROUTE_NOT_FOUND",
  405: "METHOD_NOT_ALLOWED",
  413: "BODY_TOO_LARGE",
  414: "URL_TOO_LONG",
  412: "PRECONDITION_FAILED",
  415: "UNSUPPORTED_MEDIA_TYPE",
  416: "RANGE_NOT_SATISFIABLE",
};

function violationOf(issue: {
  instancePath?: string;
  message?: string;
  params?: { missingProperty?: string };
}): FieldViolation {
  const path = (issue.instancePath ?? "").split("/").filter(Boolean);
  if (issue.params?.missingProperty) path.push(issue.params.missingProperty);
  return { field: path.join("."), description: issue.message ?? "is invalid" };
}

/** What the caller may see of an error. */
export function problemOf(error: AppError): Problem {
  const { category, reason, message, details, violations } = error;
  return {
    error: {
      code: category,
      reason,
      message,
      ...(Object.keys(details).length > 0 ? { details } : {}),
      ...(violations.length > 0 ? { violations } : {}),
    },
  };
}

/** An error answer of somebody else as an AppError: by its body when that is a Problem, else by its status. */
export function errorOfAnswer(
  peer: string,
  status: number,
  body: unknown,
  retryAfter: string | undefined,
): AppError {
  const given = (body as Partial<Problem> | undefined)?.error;
  const retryAfterMs = retryAfterOf(retryAfter);
  const extras = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (
    typeof given === "object" &&
    given !== null &&
    given.code in categories &&
    typeof given.reason === "string"
  ) {
    return new AppError({
      category: given.code,
      reason: given.reason,
      message: String(given.message),
      domain: peer,
      details: given.details ?? {},
      violations: given.violations ?? [],
      ...extras,
    });
  }
  const category = categoryOfHttpStatus(status);
  return new AppError({
    category,
    reason: `HTTP_${status}`,
    message: `${peer} answered ${status}.`,
    domain: peer,
    ...extras,
  });
}

function retryAfterOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
