import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { openBare } from "./bare";
import { inRequest } from "./traces";
import type { Variant } from "./variant";

/** node-postgres as it comes, in a process that keeps a context per request, which no one looks at: no span is made. */
export async function openBareInContext(url: string): Promise<Variant> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return { ...(await openBare(url)), request: inRequest };
}
