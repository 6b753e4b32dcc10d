import { AppError, type ErrorCategory } from "../errors";
import type { ProcessCode } from "./types";

const categoryOf: Record<Exclude<ProcessCode, "ok">, ErrorCategory> = {
  failed: "internal",
  killed: "unavailable",
  not_started: "internal",
  stalled: "deadline_exceeded",
  too_slow: "deadline_exceeded",
  too_much_memory: "resource_exhausted",
  too_much_output: "resource_exhausted",
  cancelled: "cancelled",
};

/** The error of an end: reason `PROGRAM_` and the code in capitals. */
export function processError(
  program: string,
  code: Exclude<ProcessCode, "ok">,
  how: string,
  cause?: unknown,
): AppError {
  return new AppError({
    category: categoryOf[code],
    reason: `PROGRAM_${code.toUpperCase()}`,
    message: `Program ${program} ${how}.`,
    cause,
  });
}
