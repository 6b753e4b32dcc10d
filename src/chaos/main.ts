/**
 * Chaos: the real system under a load of all roles, while processes die and freeze, networks and stores fail, clocks are wrong and messages come twice. After each cycle
 * everything is healed, and stores and clients' history are held against every invariant of the checker.
 *
 *   --cycles N    cycles (30)
 *   --seed N      decides which faults come when (by chance, and told)
 *   --faults N    faults in each cycle (5)
 *   --buyers N    customers and partners who order at the same time (12)
 *
 * The last line is JSON; the exit code is 1 when something did not hold.
 */
import { randomInt } from "node:crypto";
import { Command, InvalidArgumentError } from "commander";
import { runChaos } from "./run";
import { faultsPerCycle } from "./schedule";

async function main(): Promise<number> {
  const options = new Command("chaos")
    .option("--cycles <n>", "how many", wholeNumber, 30)
    .option("--seed <n>", "decides which faults come when", wholeNumber, randomInt(1, 1_000_000))
    .option("--faults <n>", "in each cycle", wholeNumber, faultsPerCycle)
    .option("--buyers <n>", "who order at the same time", wholeNumber, 12)
    .parse()
    .opts<{ cycles: number; seed: number; faults: number; buyers: number }>();
  console.log(`Seed ${options.seed}.`);
  const report = await runChaos({ ...options, say: (line) => console.log(line) });
  console.log(JSON.stringify(report));
  return report.violations === 0 ? 0 : 1;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("It takes a whole number from 1.");
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
