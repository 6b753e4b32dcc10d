/** Why a file is not a model that can be measured. The same file always fails with the same reason. */
export const MODEL_ERROR_REASONS = [
  /** No triangle in it. */
  "EMPTY_MODEL",
  /** It ends before what it announces. */
  "TRUNCATED",
  /** A binary STL whose size is not the one that its triangle count asks for. */
  "TRIANGLE_COUNT_MISMATCH",
  /** More bytes came than were declared. */
  "SIZE_MISMATCH",
  /** A coordinate is NaN or infinite. */
  "NOT_FINITE",
  /** The content is of another format than the declared one. */
  "FORMAT_MISMATCH",
  /** A triangle names a vertex, or a component an object, that does not exist. */
  "INDEX_OUT_OF_RANGE",
  /** It breaks the rules of its format. */
  "MALFORMED",
  /** Legal, but a part of the format that is not read here (encryption, UTF-16, Zip64 beyond the limit). */
  "UNSUPPORTED",
  /** More bytes than the limit. */
  "TOO_LARGE",
  /** More triangles, objects or working memory than the limit. */
  "TOO_COMPLEX",
  /** An archive that unpacks to more than the limit: a zip bomb. */
  "ARCHIVE_TOO_LARGE",
] as const;
export type ModelErrorReason = (typeof MODEL_ERROR_REASONS)[number];

/** A message quotes the file, and goes into a log, a database and a page. */
const LONGEST_MESSAGE = 1_000;
const UNSHOWABLE = /\p{Cc}|\p{Surrogate}/gu;

/**
 * The model is at fault, not the service: measuring the same bytes again fails again. Of the message the first 1,000
 * characters are kept, without control characters and halves of surrogate pairs.
 */
export class ModelError extends Error {
  readonly reason: ModelErrorReason;

  constructor(reason: ModelErrorReason, message: string, options?: ErrorOptions) {
    super(message.slice(0, LONGEST_MESSAGE).replace(UNSHOWABLE, "\ufffd"), options);
    this.name = "ModelError";
    this.reason = reason;
  }
}
