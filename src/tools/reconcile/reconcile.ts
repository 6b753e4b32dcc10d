import { setTimeout as sleep } from "node:timers/promises";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { compareOutboxes } from "./events";
import type { Bounds, Compared, Finding } from "./finding";
import { compareStore } from "./models";
import { compareOrders } from "./orders";
import { compareLedger } from "./payments";
import { renderFinding, renderSummary } from "./render";
import type { Sources } from "./sources";

export type ReconcileOptions = {
  sources: Sources;
  print: (line: string) => void;
  /** Why something could not be compared or mended. Default: `print`. */
  complain?: (line: string) => void;
};

const parts: Readonly<Record<string, (sources: Sources, bounds: Bounds) => Promise<Compared>>> = {
  orders: compareOrders,
  events: compareOutboxes,
  payments: compareLedger,
  models: compareStore,
};

type Wanted = {
  repair?: boolean;
  only: string[];
  bound: number;
  grace: number;
  hours?: number;
  wait: number;
};

/**
 * Runs a command line of reconciliation: compares, prints what disagrees, and mends it on demand. Returns the exit code: 1 when something disagrees at the end, or
 * could not be compared.
 */
export async function reconcile(
  argv: readonly string[],
  { sources, print, complain = print }: ReconcileOptions,
): Promise<number> {
  const program = new Command("reconcile")
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: complain })
    .option("--repair", "mend what can be mended from what is stored")
    .option("--only <parts>", "orders, events, payments, models; several separated by commas", partNames, [
      ...Object.keys(parts),
    ])
    .option("--bound <seconds>", "how long a disagreement may last", amount, 60)
    .option("--grace <seconds>", "how long an object of the store may wait for its row", amount, 3_600)
    .option("--hours <number>", "only what has changed since, except orders", amount)
    .option("--wait <seconds>", "how long to wait for what is mended", amount, 60);
  try {
    program.parse([...argv], { from: "user" });
  } catch (error) {
    // Commander has said it already.
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
  const { repair = false, only, bound, grace, hours, wait } = program.opts<Wanted>();
  const bounds = {
    boundMs: bound * 1_000,
    graceMs: grace * 1_000,
    sinceMs: hours === undefined ? 0 : Date.now() - hours * 3_600_000,
  };

  const findings: Finding[] = [];
  let failures = 0;
  for (const name of only) {
    try {
      const { scope, findings: found } = await parts[name]!(sources, bounds);
      print(`${name}: ${scope}, ${found.length === 0 ? "they agree" : `${found.length} disagreements`}`);
      found.forEach((each) => print(renderFinding(each)));
      findings.push(...found);
    } catch (error) {
      failures++;
      complain(`${name}: could not be compared: ${(error as Error).message}`);
    }
  }
  print(renderSummary(findings));
  const left = repair ? await mend(findings, wait * 1_000, print, complain) : findings.length;
  return left + failures === 0 ? 0 : 1;
}

/** Mends what can be, then waits for the services to do their part. How many disagree at the end. */
async function mend(
  findings: readonly Finding[],
  waitMs: number,
  print: (line: string) => void,
  complain: (line: string) => void,
): Promise<number> {
  let open = new Set<Finding>();
  let left = 0;
  for (const finding of findings) {
    try {
      if (!finding.repair) left++;
      else {
        print(`repair  ${finding.kind}  ${finding.id}: ${await finding.repair.run()}`);
        open.add(finding);
      }
    } catch (error) {
      left++;
      complain(`repair  ${finding.kind}  ${finding.id}: failed: ${(error as Error).message}`);
    }
  }
  for (const end = Date.now() + waitMs; ; await sleep(500)) {
    const stand = new Set<Finding>();
    for (const finding of open) if (await finding.repair?.stands()) stand.add(finding);
    open = stand;
    if (open.size === 0 || Date.now() > end) break;
  }
  for (const { kind, id } of open) complain(`${kind}  ${id}: stands after ${waitMs / 1_000} s`);
  left += open.size;
  print(left === 0 ? "Everything that disagreed is mended." : `${left} disagreements are left.`);
  return left;
}

function partNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !(name in parts));
  if (unknown === undefined) return names;
  throw new InvalidArgumentError(`There is no part ${unknown}; there are ${Object.keys(parts).join(", ")}.`);
}

function amount(text: string): number {
  const value = Number(text);
  if (text !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError("It takes a number from 0.");
}
