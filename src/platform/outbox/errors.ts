import { AppError } from "../errors";

/** Bytes from which no key and version can be read. The message is dead-lettered as UNDECODABLE. */
export class UndecodableError extends Error {
  override readonly name = "UndecodableError";
}

/** A message that can never be applied: FORK (known version, other bytes), ILLEGAL (a move the table does not allow), ... */
export class PoisonError extends Error {
  override readonly name = "PoisonError";
  constructor(
    readonly reason: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The group has no dead letter of this number. */
export function letterNotFound(id: number, group: string): AppError {
  const message = `Group ${group} has no dead letter ${id}.`;
  return new AppError({ category: "not_found", reason: "DEAD_LETTER_NOT_FOUND", message });
}
