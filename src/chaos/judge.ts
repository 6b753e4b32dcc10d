import { setTimeout as sleep } from "node:timers/promises";
import { checkAll, type Checked, type History, readEvidence, waitForQuiescence } from "../checker";
import type { Arena } from "./arena";

export type Verdict = {
  checked: Checked;
  /** What was still on its way when patience ran out. */
  pending: readonly string[];
  /** From the beginning until nothing was on its way and everything held. */
  seconds: number;
};

/** As long as a healed system may take, in milliseconds; sweeps that fetch what the topic did not bring take turns of ten seconds, and wait for the topic first. */
const patienceMs = 120_000;
const againMs = 2_000;
/** What does not hold so long after everything has come to rest is not put right any more. */
const settleMs = 60_000;

/** Waits for rest and holds stores and history against all invariants. What is put right within the patience is slow, and no violation. */
export async function judge(
  arena: Pick<Arena, "sources">,
  history: History,
  since: number,
): Promise<Verdict> {
  const sources = await arena.sources();
  let restAt: number | undefined;
  try {
    for (;;) {
      const spentMs = performance.now() - since;
      const { quiet, pending } = await waitForQuiescence(sources, {
        patienceMs: Math.max(1_000, patienceMs - spentMs),
      });
      const seconds = (performance.now() - since) / 1_000;
      const checked = checkAll(await readEvidence(sources), history);
      if (!quiet) restAt = undefined;
      else restAt ??= performance.now();
      const now = performance.now();
      const isOver = now - since > patienceMs || (restAt !== undefined && now - restAt > settleMs);
      if ((quiet && checked.breaches.length === 0) || isOver) return { checked, pending, seconds };
      await sleep(againMs);
    }
  } finally {
    await sources.close();
  }
}
