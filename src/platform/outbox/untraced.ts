import { suppressTracing } from "@opentelemetry/core";
import { context, ROOT_CONTEXT } from "../telemetry";

/** Runs what polls: twenty empty looks per second are no traces. Spans with a parent of their own (a row's stored context) are made all the same. */
export function untraced<T>(fn: () => Promise<T>): Promise<T> {
  return context.with(suppressTracing(ROOT_CONTEXT), fn);
}
