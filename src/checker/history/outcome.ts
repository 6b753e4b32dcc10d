import type { Outcome } from "./operation";

/** Categories by which a service says that it did nothing. */
const refusals = new Set([
  "invalid_argument",
  "unauthenticated",
  "permission_denied",
  "not_found",
  "already_exists",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "resource_exhausted",
  "unimplemented",
]);

/** Refusals by their category that leave open what becomes of the call. */
const undecided = new Set(["PAYMENT_UNRESOLVED", "PAYMENT_OPEN"]);

/** What a failed call says of its effect. Errors are AppErrors of our clients, or have the `httpStatus` of a gateway's answer; whatever else it is, the outcome is unknown. */
export function outcomeOf(error: unknown): { outcome: Outcome; reason: string } {
  const {
    category,
    httpStatus,
    reason = "",
    name = "",
  } = (error ?? {}) as {
    category?: string;
    httpStatus?: number;
    reason?: string;
    name?: string;
  };
  const why = reason || category || name || String(error);
  if (undecided.has(reason)) return { outcome: "unknown", reason: why };
  const isRefusal =
    httpStatus === undefined
      ? category !== undefined && refusals.has(category)
      : httpStatus >= 400 && httpStatus < 500 && httpStatus !== 408 && httpStatus !== 499;
  return { outcome: isRefusal ? "refused" : "unknown", reason: why };
}
