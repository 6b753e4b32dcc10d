import { plantBugs } from "../../../platform/config";
import { checkAll, readEvidence, waitForQuiescence } from "../..";
import type { Scenario } from "./scenario";

export type Outcome = {
  bug: string;
  foundBy: string;
  /** Invariants that broke with the bug. */
  broken: readonly string[];
  /** Invariants that broke without it, and what was on its way when it should have come to rest. */
  brokenWithout: readonly string[];
  /** The first breach of the invariant that had to find it, in words. */
  said: string;
  seconds: number;
};

/** The machine may be busy: rest comes late. */
const longestMs = 45_000;

/** Runs a scenario with its bug, and without. */
export async function runScenario(scenario: Scenario): Promise<Outcome> {
  const { bug, foundBy } = scenario;
  const startedAt = performance.now();
  const planted = await play(scenario, true);
  const seconds = Number(((performance.now() - startedAt) / 1_000).toFixed(1));
  const control = await play(scenario, false);
  const found = planted.breaches.find(({ invariant }) => invariant === foundBy);
  return {
    bug,
    foundBy,
    broken: namesOf(planted.breaches),
    brokenWithout: [...namesOf(control.breaches), ...control.pending],
    said: found ? `${found.where}: found ${found.found}; expected ${found.expected}` : "",
    seconds,
  };
}

async function play({ bug, faults = [], patienceMs = 4_000, stage: open, run }: Scenario, withBug: boolean) {
  plantBugs(faults);
  const stage = await open();
  try {
    if (withBug) plantBugs([...faults, bug]);
    await run(stage);
    const sources = stage.sources();
    const options = { lookMs: 100, patienceMs: withBug ? patienceMs : longestMs };
    const { pending } = stage.isRunning ? await waitForQuiescence(sources, options) : { pending: [] };
    const { breaches } = checkAll(await readEvidence(sources), stage.recorder.history());
    return { pending, breaches };
  } finally {
    plantBugs([]);
    await stage.close();
  }
}

function namesOf(breaches: readonly { invariant: string }[]): string[] {
  return [...new Set(breaches.map(({ invariant }) => invariant))];
}
