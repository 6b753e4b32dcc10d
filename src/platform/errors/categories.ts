/** How loud a failure of a category is in the log. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What a category means at each boundary that an error can cross. */
export type CategoryRule = {
  /** Number of the gRPC status code. */
  grpcStatus: number;
  httpStatus: number;
  /** True when the same request may succeed later, unchanged. */
  retryable: boolean;
  logLevel: LogLevel;
};

/**
 * The closed set of error categories, with the one table that maps each to gRPC status, HTTP status, retry and log level.
 * The HTTP column follows google/rpc/code.proto; 499 for `cancelled` is nginx's code for a client that went away.
 */
export const categories = {
  invalid_argument: { grpcStatus: 3, httpStatus: 400, retryable: false, logLevel: "info" },
  unauthenticated: { grpcStatus: 16, httpStatus: 401, retryable: false, logLevel: "info" },
  permission_denied: { grpcStatus: 7, httpStatus: 403, retryable: false, logLevel: "info" },
  not_found: { grpcStatus: 5, httpStatus: 404, retryable: false, logLevel: "info" },
  already_exists: { grpcStatus: 6, httpStatus: 409, retryable: false, logLevel: "info" },
  failed_precondition: { grpcStatus: 9, httpStatus: 409, retryable: false, logLevel: "info" },
  aborted: { grpcStatus: 10, httpStatus: 409, retryable: true, logLevel: "info" },
  out_of_range: { grpcStatus: 11, httpStatus: 400, retryable: false, logLevel: "info" },
  resource_exhausted: { grpcStatus: 8, httpStatus: 429, retryable: true, logLevel: "warn" },
  cancelled: { grpcStatus: 1, httpStatus: 499, retryable: false, logLevel: "info" },
  deadline_exceeded: { grpcStatus: 4, httpStatus: 504, retryable: true, logLevel: "warn" },
  unavailable: { grpcStatus: 14, httpStatus: 503, retryable: true, logLevel: "warn" },
  unimplemented: { grpcStatus: 12, httpStatus: 501, retryable: false, logLevel: "warn" },
  data_loss: { grpcStatus: 15, httpStatus: 500, retryable: false, logLevel: "error" },
  unknown: { grpcStatus: 2, httpStatus: 500, retryable: false, logLevel: "error" },
  internal: { grpcStatus: 13, httpStatus: 500, retryable: false, logLevel: "error" },
} as const satisfies Record<string, CategoryRule>;

export type ErrorCategory = keyof typeof categories;

const byGrpcStatus = new Map<number, ErrorCategory>(
  (Object.keys(categories) as ErrorCategory[]).map((category) => [categories[category].grpcStatus, category]),
);

/** The category of a gRPC status number; `unknown` for numbers outside the protocol. */
export function categoryOfGrpcStatus(status: number): ErrorCategory {
  return byGrpcStatus.get(status) ?? "unknown";
}

const byHttpStatus: Record<number, ErrorCategory> = {
  401: "unauthenticated",
  403: "permission_denied",
  404: "not_found",
  409: "aborted",
  412: "failed_precondition",
  416: "out_of_range",
  429: "resource_exhausted",
  499: "cancelled",
  501: "unimplemented",
  502: "unavailable",
  503: "unavailable",
  504: "deadline_exceeded",
};

/** The category that an HTTP answer from somebody else stands for, when its body names none. */
export function categoryOfHttpStatus(status: number): ErrorCategory {
  return byHttpStatus[status] ?? (status >= 400 && status < 500 ? "invalid_argument" : "unknown");
}
