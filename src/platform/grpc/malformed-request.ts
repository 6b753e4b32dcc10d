import { AppError } from "../errors";

/**
 * Bytes that are no message. INVALID_ARGUMENT, though grpc's own list (`doc/statuscodes.md`) has INTERNAL for a request that cannot be parsed: anybody can send such bytes, and what
 * says INTERNAL rings for our own faults. `what` is a method or a message type.
 */
export function malformedRequest(what: string, cause: unknown): AppError {
  return new AppError({
    category: "invalid_argument",
    reason: "MALFORMED_REQUEST",
    message: `The request is not a message of ${what}`,
    cause,
  });
}
