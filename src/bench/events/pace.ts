import { setTimeout as sleep } from "node:timers/promises";

export type Paced = { done: number; failed: number; behind: number };

/**
 * Runs `work` so many times a second, open loop: a slow one holds up nobody else, unless `most` are under way; what was due by then and could not begin counts
 * as `behind`. `work` is told how many came before it.
 */
export async function pace(
  perSecond: number,
  until: () => boolean,
  work: (at: number) => Promise<void>,
  most = 100,
): Promise<Paced> {
  const startedAt = performance.now();
  const inHand = new Set<Promise<void>>();
  const result = { done: 0, failed: 0, behind: 0 };
  let begun = 0;
  while (!until()) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
    for (; begun < due && inHand.size < most && !until(); begun++) {
      const one: Promise<void> = work(begun)
        .then(
          () => void result.done++,
          () => void result.failed++,
        )
        .finally(() => inHand.delete(one));
      inHand.add(one);
    }
    result.behind = due - begun;
    await sleep(10);
  }
  await Promise.all(inHand);
  return result;
}
