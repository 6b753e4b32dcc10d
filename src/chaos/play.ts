import { setTimeout as sleep } from "node:timers/promises";
import { Undo } from "../tools/drills/undo";
import type { Acts, Site } from "./faults";
import type { Cycle, Fault } from "./schedule";

/** A fault as it was. Times are epoch milliseconds by the clock of the history. */
export type FaultRun = Fault & {
  cycle: number;
  beganAt: number;
  endedAt: number;
  /** What came of it, in words. */
  said: readonly string[];
  /** Why it could not be made. */
  failed?: string;
};

/** Makes the faults of a cycle at their times and takes them back; resolves when the last one is over. What cannot be made or taken back is told and holds nothing up. */
export async function playFaults(cycle: Cycle, acts: Acts, site: Omit<Site, "say">): Promise<FaultRun[]> {
  const startedAt = performance.now();
  return Promise.all(
    cycle.faults.map(async (fault) => {
      await sleep(Math.max(0, startedAt + fault.atMs - performance.now()));
      const said: string[] = [];
      const say = (line: string): void => void said.push(line);
      const undo = new Undo(say);
      const beganAt = Date.now();
      let failed: string | undefined;
      try {
        await acts[fault.kind]({ ...site, say }, fault, undo);
        await sleep(fault.forMs);
      } catch (error) {
        failed = (error as Error).message;
      }
      await undo.run();
      return {
        ...fault,
        cycle: cycle.number,
        beganAt,
        endedAt: Date.now(),
        said,
        ...(failed !== undefined && { failed }),
      };
    }),
  );
}
