import { type ServiceError, status } from "@grpc/grpc-js";
import type { Pushback } from "./client-options";
import { pushbackOf } from "./status-details";

/**
 * Milliseconds until a call that nothing was heard of is sent again; undefined when it is not. RESOURCE_EXHAUSTED is tried again only when the server says when, and soon (gRFC A6);
 * grpc-js would also do it without a word, and wait past the deadline.
 */
export function waitBeforeRetry(
  error: ServiceError,
  attempt: number,
  deadline: number,
  { maxAttempts, longestMs }: Required<Pushback>,
): number | undefined {
  if (error.code !== status.RESOURCE_EXHAUSTED || attempt >= maxAttempts) return undefined;
  const pushbackMs = pushbackOf(error.metadata);
  if (pushbackMs === undefined || pushbackMs > longestMs) return undefined;
  return Date.now() + pushbackMs < deadline ? pushbackMs : undefined;
}
