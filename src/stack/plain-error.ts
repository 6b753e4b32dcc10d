/**
 * A fault that the user can do something about. Its message is the one sentence that is printed: what is wrong and what
 * to do; no stack follows.
 */
export class PlainError extends Error {
  override readonly name = "PlainError";
}
