import { setTimeout as sleep } from "node:timers/promises";
import type { BenchCall } from "./calls";
import { Tally } from "./tally";

/** How many callers the capacity is measured with. */
const callers = 24;
/** Open calls beyond which none is sent: a machine that others slow down must not drown in calls that wait. */
const mostOpen = 200;
const tickMs = 10;

/** Calls per second that callers get who send the next call when the last one has ended. Throws when one fails: there is nothing to compare with then. */
export async function measureCapacity(next: () => BenchCall, forMs: number): Promise<number> {
  const tally = new Tally();
  const startedAt = performance.now();
  const caller = async (): Promise<void> => {
    while (performance.now() - startedAt < forMs) {
      const { name, call } = next();
      await tally.count(name, call);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  if (tally.failed > 0)
    throw new Error(`Calls fail while nothing is restarted: ${[...tally.faults.keys()].join("; ")}`);
  return tally.calls / ((performance.now() - startedAt) / 1_000);
}

/** Makes a call and counts how it ended; never rejects. `heldBack` are those that were not sent. */
export type CallCounter = {
  heldBack: number;
  count(name: string, call: () => Promise<unknown>): Promise<void>;
};

export type Load = { stop(): Promise<void> };

/** Sends calls at this rate, however long they take, until it is stopped; then waits for those that are open. */
export function startLoad(next: () => BenchCall, perSecond: number, tally: CallCounter): Load {
  const open = new Set<Promise<void>>();
  let going = true;
  const run = async (): Promise<void> => {
    let due = performance.now();
    while (going) {
      for (; due <= performance.now(); due += 1_000 / perSecond) {
        if (open.size >= mostOpen) {
          tally.heldBack += 1;
          continue;
        }
        const { name, call } = next();
        const counted = tally.count(name, call).finally(() => open.delete(counted));
        open.add(counted);
      }
      await sleep(tickMs);
    }
    await Promise.all(open);
  };
  const running = run();
  return {
    async stop() {
      going = false;
      await running;
    },
  };
}
