import { LRUCache } from "lru-cache";
import type { Logger } from "../telemetry";

/**
 * Logs statements that took longer than `thresholdMs`: once per statement text and minute, with the number of those that were left out, so that a
 * slow table does not become a slow log too.
 */
export function createSlowQueryLog(log: Logger, thresholdMs: number) {
  const seen = new LRUCache<string, { untilMs: number; leftOut: number }>({ max: 500 });
  return (text: string, summary: string, seconds: number): void => {
    if (seconds * 1_000 < thresholdMs) return;
    const now = Date.now();
    const entry = seen.get(text);
    if (entry && now < entry.untilMs) {
      entry.leftOut++;
      return;
    }
    seen.set(text, { untilMs: now + 60_000, leftOut: 0 });
    log.warn(
      {
        db_query_summary: summary,
        db_query_text: text.slice(0, 2_000),
        seconds,
        left_out: entry?.leftOut ?? 0,
      },
      "slow query",
    );
  };
}

export type SlowQueryLog = ReturnType<typeof createSlowQueryLog>;
