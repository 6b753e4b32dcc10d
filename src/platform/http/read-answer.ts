import { AppError } from "../errors";
import type { HttpRequest } from "./client";

/** The answer as the request wants it; AppError BAD_ANSWER when it does not fit. */
export function readAnswer<T>(name: string, request: HttpRequest<T>, text: string): T {
  const value = text === "" ? undefined : parseJson(text);
  if (text !== "" && value === undefined) throw badAnswer(name, "is no JSON");
  if (!request.schema) return value as T;
  const result = request.schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  throw badAnswer(name, `does not fit: ${faults.slice(0, 5).join("; ")}`);
}

export function badAnswer(name: string, fault: string): AppError {
  return new AppError({
    category: "internal",
    reason: "BAD_ANSWER",
    message: `The answer of ${name} ${fault}.`,
  });
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
