/**
 * What CRM's cache is worth, and what it may be behind: lists and single orders from services with it and without, each in a process of its own, interleaved in
 * random order, on one PostgreSQL. The workload `mixed` has orders change meanwhile.
 *
 *   --rounds N        paired rounds after the warm-up (24)
 *   --warmup N        rounds that are not counted (4)
 *   --calls N         calls of one round of one workload (2000)
 *   --at-a-time N     callers, each with one call under way (16)
 *   --updates N       versions written per second in `mixed` (20)
 *   --orders N        orders in the database beside the 200 that are read (100000)
 *   --seed N          of the order and of the bootstrap (1)
 *
 * The last line is JSON; the exit code is 1 when an answer was 1 s old or more after its event was applied.
 */
import { parseArgs } from "node:util";
import { wholeNumber } from "../../tools/whole-number";
import { runCrmCache } from "./crm-cache";
import { report, resultTable } from "./report";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "24" },
      warmup: { type: "string", default: "4" },
      calls: { type: "string", default: "2000" },
      "at-a-time": { type: "string", default: "16" },
      updates: { type: "string", default: "20" },
      orders: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
    },
  });
  const options = {
    rounds: wholeNumber("--rounds", values.rounds, 1),
    warmup: wholeNumber("--warmup", values.warmup, 1),
    calls: wholeNumber("--calls", values.calls, 1),
    atATime: wholeNumber("--at-a-time", values["at-a-time"], 1),
    updatesPerSecond: wholeNumber("--updates", values.updates, 1),
    orders: wholeNumber("--orders", values.orders, 1),
    seed: wholeNumber("--seed", values.seed, 1),
  };
  const samples = await runCrmCache({
    ...options,
    progress: (line) => process.stderr.write(`\r${line}    `),
  });
  process.stderr.write("\r");
  const result = report(samples, options);
  console.log(resultTable(result));
  console.log(JSON.stringify(result));
  if (!result.holds) process.exitCode = 1;
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
