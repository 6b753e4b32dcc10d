import { openSync, writeSync } from "node:fs";
import { statusBytes } from "./child-status";
import { judgeModel } from "./judge";
import { type FuzzedFormat, makeModelCase } from "./make-case";

/** What the process is told, once: cases `from` up to before `to`. */
export type ModelOrder = { fuzzed: FuzzedFormat; seed: number; from: number; to: number; statusFile: string };

export type ModelReport =
  | { kind: "finding"; n: number; finding: string }
  | { kind: "done"; told: Record<string, number>; cpuSeconds: number };

function main(): void {
  process.once("message", (order: ModelOrder) => {
    void work(order).then((report) => process.send?.(report, () => process.exit(0)));
  });
  process.once("disconnect", () => process.exit(1));
}

async function work({ fuzzed, seed, from, to, statusFile }: ModelOrder): Promise<ModelReport> {
  const file = openSync(statusFile, "w");
  const status = Buffer.alloc(statusBytes);
  const told: Record<string, number> = {};
  for (let n = from; n < to; n++) {
    const made = makeModelCase(fuzzed, seed, n);
    status.writeDoubleLE(n, 0);
    status.writeDoubleLE(made.bytes.length, 8);
    writeSync(file, status, 0, statusBytes, 0);
    const outcome = await judgeModel(made);
    told[outcome.told] = (told[outcome.told] ?? 0) + 1;
    if (outcome.finding !== undefined)
      process.send?.({ kind: "finding", n, finding: outcome.finding } satisfies ModelReport);
  }
  const { user, system } = process.cpuUsage();
  return { kind: "done", told, cpuSeconds: (user + system) / 1e6 };
}

main();
