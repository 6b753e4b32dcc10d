import { AppError } from "./app-error";

/** A thrown value as plain data for the log: its type, message, stack and the whole chain of causes. */
export type ErrorDescription = {
  type: string;
  message: string;
  stack?: string;
  category?: string;
  reason?: string;
  code?: string;
  details?: Record<string, string>;
  violations?: string[];
  cause?: ErrorDescription;
  errors?: ErrorDescription[];
};

/** Describes any thrown value, eight causes deep; never throws. */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: text(error) };
  const described: ErrorDescription = { type: error.name || error.constructor.name, message: error.message };
  if (error.stack) described.stack = error.stack;
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === "string" || typeof code === "number") described.code = String(code);
  if (error instanceof AppError) {
    described.category = error.category;
    described.reason = error.reason;
    if (Object.keys(error.details).length > 0) described.details = error.details;
    if (error.violations.length > 0)
      described.violations = error.violations.map((v) => `${v.field}: ${v.description}`);
  }
  if (depth < 8) {
    if (error.cause !== undefined) described.cause = describeError(error.cause, depth + 1);
    if (Array.isArray(errors))
      described.errors = errors.slice(0, 5).map((each) => describeError(each, depth + 1));
  }
  return described;
}

/** The messages of an error and its causes on one line, outermost first. */
export function errorChain(error: unknown): string {
  const messages: string[] = [];
  let at: ErrorDescription | undefined = describeError(error);
  while (at) {
    const inner: ErrorDescription[] | undefined = at.errors;
    // An AggregateError of Happy Eyeballs has an empty message; what it holds says what happened.
    messages.push(at.message || inner?.map((each) => each.message).join(", ") || at.code || at.type);
    at = at.cause;
  }
  return messages.join(": ");
}

function text(value: unknown): string {
  try {
    return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    return String(value);
  }
}
