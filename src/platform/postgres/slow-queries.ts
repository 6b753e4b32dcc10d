import { LRUCache } from "lru-cache";
import { errorChain } from "../errors";
import type { Logger } from "../telemetry";
import type { Explainer } from "./explain";
import type { StatementShape } from "./statement";

const everyMs = 60_000;

/** Logs slow statements. */
export type SlowQueryLog = {
  readonly thresholdMs: number;
  /** Never throws and never waits. `text` is as the caller wrote it; only its shape is logged. */
  report(shape: StatementShape, text: string, seconds: number): void;
  /** Waits for plans that are being fetched; each is bounded. */
  close(): Promise<void>;
};

/**
 * Logs statements that took `thresholdMs` or longer: once per shape and minute, with the number of those that were left out, so that a slow table does
 * not become a slow log too. With an explainer the plan follows as a line of its own, when the server has told it.
 */
export function createSlowQueryLog(
  log: Logger,
  thresholdMs: number,
  explainer: Explainer | undefined,
): SlowQueryLog {
  const seen = new LRUCache<string, { untilMs: number; leftOut: number }>({ max: 500 });
  return {
    thresholdMs,
    report(shape, text, seconds) {
      const now = Date.now();
      const entry = seen.get(shape.pattern);
      if (entry && now < entry.untilMs) {
        entry.leftOut++;
        return;
      }
      seen.set(shape.pattern, { untilMs: now + everyMs, leftOut: 0 });
      const what = { db_query_summary: shape.summary, db_query_text: shape.text };
      log.warn({ ...what, seconds, left_out: entry?.leftOut ?? 0 }, "slow query");
      explainer?.explain(shape, text).then(
        (plan) => plan !== undefined && log.warn({ ...what, plan }, "plan of a slow query"),
        (error: unknown) => log.info({ ...what, reason: errorChain(error) }, "no plan of a slow query"),
      );
    },
    close: async () => explainer?.close(),
  };
}
