import type { z } from "zod";
import { AppError } from "../errors";

/**
 * Reads input of a caller by a zod schema. What does not fit is `invalid_argument` with one violation per fault; `at` is
 * prefixed to their fields (`query`, `body`).
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown, at?: string): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const violations = result.error.issues.map((issue) => ({
    field: [...(at ? [at] : []), ...issue.path.map(String)].join("."),
    description: issue.message,
  }));
  throw new AppError({
    category: "invalid_argument",
    reason: "INVALID_INPUT",
    message: violations.map(({ field, description }) => `${field || "input"}: ${description}`).join("; "),
    violations,
  });
}
