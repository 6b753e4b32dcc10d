import { join } from "node:path";
import { seededRandom } from "../bench/stats";
import { renderReport } from "../checker";
import { Undo } from "../tools/drills/undo";
import { createToolHost } from "../tools/tool-host";
import { type Arena, openArena } from "./arena";
import { explain } from "./explain";
import { type Acts, createActs } from "./faults";
import { judge, type Verdict } from "./judge";
import { createModels, type Models, Recent, signInPeople, startLoad } from "./load";
import { type FaultRun, playFaults } from "./play";
import { createSchedule, type Cycle } from "./schedule";
import { type Report, Tally } from "./tally";

export type ChaosOptions = {
  seed: number;
  cycles: number;
  /** Faults per cycle. */
  faults: number;
  /** Who order at the same time. */
  buyers: number;
  /** Told what happens, in lines for people. */
  say(line: string): void;
};

/** After so many cycles a new system begins, so that what is read after each cycle does not grow for ever. */
const cyclesPerSystem = 30;

/** Plays the schedule of the seed, and looks after each cycle whether everything holds. Ends at the first violation. */
export async function runChaos(options: ChaosOptions): Promise<Report> {
  const { seed, cycles, faults, say } = options;
  const schedule = createSchedule(seed, cycles, { perCycle: faults });
  const tally = new Tally();
  for (let from = 0; from < schedule.length && tally.violations === 0; from += cyclesPerSystem) {
    say(`Starting a system with two instances of every service, and a proxy on each of its links.`);
    const arena = await openArena(say);
    const before = tally.orders;
    try {
      await runIn(arena, schedule.slice(from, from + cyclesPerSystem), options, tally, before);
    } finally {
      await arena.close({ keep: tally.violations > 0 });
    }
  }
  return tally.report(seed);
}

async function runIn(
  arena: Arena,
  schedule: readonly Cycle[],
  options: ChaosOptions,
  tally: Tally,
  ordersBefore: number,
): Promise<void> {
  const { seed, cycles, say } = options;
  const acts = createActs();
  const ids = new Map<string, string>();
  const random = seededRandom(seed);
  const models = createModels(arena.folder, random);
  const recent = new Recent();
  const all: FaultRun[] = [];
  for (const cycle of schedule) {
    const { faults, verdict } = await runCycle(arena, cycle, acts, options, { ids, random, models, recent });
    all.push(...faults);
    tally.add(faults, verdict.seconds);
    tally.orders = ordersBefore + verdict.checked.orders;
    say(`${cycle.number}/${cycles}  ${progress(faults, tally, verdict)}`);
    const fallen = await arena.fallen();
    if (fallen.length > 0) say(`     ended by themselves and came back: ${fallen.join(", ")}`);
    if (verdict.checked.breaches.length === 0 && verdict.pending.length === 0) continue;
    tally.violations += Math.max(1, verdict.checked.breaches.length);
    complain(arena, verdict, all, options);
    return;
  }
}

type Kept = {
  ids: Map<string, string>;
  random: () => number;
  models: Models;
  recent: Recent;
};

/** Load and faults, then everything healed and the load's last calls answered, then the verdict. */
async function runCycle(
  arena: Arena,
  cycle: Cycle,
  acts: Acts,
  { buyers, say }: ChaosOptions,
  { ids, random, models, recent }: Kept,
): Promise<{ faults: FaultRun[]; verdict: Verdict }> {
  const control = createToolHost("chaos-load");
  try {
    const people = await signInPeople(control.host, arena.links, arena.place.settings.stateFolder, ids);
    const { recorder, links, place } = arena;
    const afterwards = new Undo(say);
    const load = startLoad({ people, recorder, random, models, recent }, { buyers });
    const faults = await playFaults(cycle, acts, { settings: place.settings, links, recent, afterwards });
    arena.note(faults);
    await arena.heal();
    const since = performance.now();
    await afterwards.run();
    await load.stop();
    return { faults, verdict: await judge(arena, recorder.history(), since) };
  } finally {
    await control.stop(5_000);
  }
}

function progress(faults: readonly FaultRun[], { orders }: Tally, { seconds, checked }: Verdict): string {
  const made = faults
    .map(
      ({ kind, target, failed }) =>
        `${kind} ${target}${failed === undefined ? "" : ` (not made: ${failed})`}`,
    )
    .join(", ");
  const found = checked.breaches.length === 0 ? "everything holds" : `${checked.breaches.length} violations`;
  return `${made}; ${orders} orders, ${checked.operations} calls; recovered in ${seconds.toFixed(1)} s; ${found}`;
}

function complain(
  { recorder, folder }: Arena,
  { checked, pending }: Verdict,
  faults: readonly FaultRun[],
  { seed, cycles, say }: ChaosOptions,
): void {
  if (pending.length > 0) say(`It did not come to rest: ${pending.join(", ")}.`);
  for (const line of renderReport(checked).filter((each) => /BROKEN|found/.test(each))) say(line);
  for (const line of explain(checked, recorder.history(), faults)) say(line);
  say(`Seed ${seed}: make chaos CYCLES=${cycles} SEED=${seed} repeats the same faults at the same times.`);
  say(
    `What clients saw is in ${join(folder, "history.jsonl")}, the faults are in ${join(folder, "faults.jsonl")}, the logs beside them.`,
  );
}
