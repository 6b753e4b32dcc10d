/**
 * What a server does with ten times the calls it can answer. Open loop: calls are sent when they are due, whatever became of those before.
 *
 *   --cost-us N     CPU time of a call, in microseconds (12000)
 *   --seconds N     of each phase (15, at most 60)
 *   --rounds N      how often all phases are run (3)
 *
 * The last line is JSON: medians, and all rounds.
 */
import { parseArgs } from "node:util";
import { wholeNumber } from "../../tools/whole-number";
import type { RunReport } from "./messages";
import { round, runOverload } from "./overload";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      "cost-us": { type: "string", default: "12000" },
      seconds: { type: "string", default: "15" },
      rounds: { type: "string", default: "3" },
    },
  });
  const report = await runOverload({
    costUs: Number(values["cost-us"]),
    seconds: Math.min(60, Math.max(1, Number(values.seconds))),
    rounds: wholeNumber("--rounds", values.rounds, 1),
    progress: print,
  });
  console.log(JSON.stringify(report));
}

function print(
  name: string,
  { sent, seconds, goodput, answered, operators, operatorsAtFirst, refused, failed, reset, lost }: RunReport,
): void {
  const cells = [
    name.padEnd(26),
    `sent ${round(sent / seconds)}/s`,
    `good ${round(goodput)}/s`,
    `answers p50 ${round(answered.p50)} p99 ${round(answered.p99)} ms`,
    `operators p50 ${round(operators.p50)} p99 ${round(operators.p99)} ms, at first ${round(operatorsAtFirst.p99)} ms`,
    `refused ${refused.count} p50 ${round(refused.p50)} p99 ${round(refused.p99)} ms`,
    `failed ${failed} reset ${reset} lost ${lost}`,
  ];
  console.log(cells.join("  "));
}

void main();
