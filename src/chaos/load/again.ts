import { setTimeout as sleep } from "node:timers/promises";
import { outcomeOf } from "../../checker";

/** Whether the load goes on. Everything that waits ends when it does not. */
export type Going = { readonly signal: AbortSignal };

/** Refusals that time may change: the order's last move is still on its way, a clock is wrong, somebody has too much to do. */
const laterReasons = new Set(["NOT_HOLDER", "PAYMENT_VOIDED"]);
const laterCategories = new Set(["not_found", "unauthenticated", "resource_exhausted"]);
const laterStatuses = new Set([401, 404, 429]);

const longestWaitMs = 1_500;
/** Nobody tries the same for longer, in milliseconds: an order behind a dead letter would hold its buyer up for the whole cycle. */
const patienceMs = 20_000;

/**
 * Makes a call until it is answered, each time as the same command; undefined when it is refused for good, its caller has no more patience, or the load ends. What is under way when it ends gets its answer and no
 * further try: what became of it stays unknown, as with a caller who goes away.
 */
export async function again<T>({ signal }: Going, call: () => Promise<T>): Promise<T | undefined> {
  const until = Date.now() + patienceMs;
  for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      return await call();
    } catch (error) {
      if (!isLater(error) || Date.now() > until) return undefined;
    }
    if (!(await pause({ signal }, waitMs * (0.5 + Math.random())))) return undefined;
  }
}

function isLater(error: unknown): boolean {
  const { outcome, reason } = outcomeOf(error);
  if (outcome === "unknown") return true;
  const { category, httpStatus } = error as { category?: string; httpStatus?: number };
  if (laterReasons.has(reason)) return true;
  return httpStatus === undefined ? laterCategories.has(category ?? "") : laterStatuses.has(httpStatus);
}

/** Waits; false when the load has ended. */
export async function pause({ signal }: Going, ms: number): Promise<boolean> {
  if (signal.aborted) return false;
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
