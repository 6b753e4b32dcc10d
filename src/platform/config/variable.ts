import type { z } from "zod";

/** How one environment variable is read. */
export type Variable<T> = {
  readonly kind: "variable";
  readonly name: string;
  readonly schema: z.ZodType<T>;
  /** The text that stands when the variable is unset or empty; undefined makes it required. */
  readonly fallback: string | undefined;
  /** The value never appears in an error, a log line or a printed configuration. */
  readonly secret: boolean;
  readonly description: string;
};

export type VariableOptions = { default?: string | number | boolean; secret?: boolean; description: string };

/**
 * Declares an environment variable. An unset or empty one takes `default`; without a default it is required. The schema
 * gets the text: use the ready ones (`address`, `integer`, `flag`, ...) or any zod type over a string.
 */
export function variable<T>(name: string, schema: z.ZodType<T>, options: VariableOptions): Variable<T> {
  return {
    kind: "variable",
    name,
    schema,
    fallback: options.default === undefined ? undefined : String(options.default),
    secret: options.secret ?? false,
    description: options.description,
  };
}
