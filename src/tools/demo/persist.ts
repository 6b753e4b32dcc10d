import { setTimeout as sleep } from "node:timers/promises";

/** Longest that one step is tried again, in milliseconds: a killed process is started again well within it. */
const patienceMs = 90_000;

/**
 * Tries a step again while the system says "later" (`isTransient`), so that a process which is killed and started again costs time and no
 * order. Steps carry a command id: one that did happen answers as it did.
 */
export async function persist<T>(
  step: () => Promise<T>,
  isTransient: (error: unknown) => boolean,
): Promise<T> {
  const until = Date.now() + patienceMs;
  for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 2_000)) {
    try {
      return await step();
    } catch (error) {
      if (!isTransient(error) || Date.now() + waitMs > until) throw error;
      await sleep(waitMs);
    }
  }
}
