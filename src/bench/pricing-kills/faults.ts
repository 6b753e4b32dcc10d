import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../platform/postgres";
import { leases, noteKilled } from "./jobs";
import type { Victim } from "./victim";

/** What the faults need to know, and what they count. */
export type World = {
  db: Database;
  leaseMs: number;
  random: () => number;
  /** Starts a process whose calculations are short, a lease or two, or long: those are still under way when their worker is killed. */
  start: (calculations: "short" | "long") => Victim;
  tally: { kills: number; processes: number; freezes: number };
};

/** Of the processes, those that are killed wherever they are. */
const anywhere = 0.08;
/** All hold a job; the kill comes at any time within this after it. */
const aimMs = 120;

/** Kills one process after the other, the next one started before. Most are killed soon after all of their workers have told that they hold a job. */
export async function killInTurn(world: World, kills: number): Promise<void> {
  const { db, leaseMs, random, start, tally } = world;
  let standby = start("long");
  while (tally.kills < kills) {
    const now = standby;
    await now.begin();
    standby = start("long");
    if (random() < anywhere) await sleep(random() * 4 * leaseMs);
    else {
      await now.allHold(20 * leaseMs);
      await sleep(random() * aimMs);
    }
    const held = await now.kill();
    await noteKilled(db, held);
    tally.kills += now.workers;
    tally.processes += 1;
  }
  await standby.kill();
}

/** Freezes a process until its jobs are in others' hands, and lets it go on with what it takes for its own. */
export async function freezeAgain(world: World, freezes: number): Promise<void> {
  const { db, leaseMs, start, tally } = world;
  if (freezes === 0) return;
  const frozen = start("short");
  await frozen.begin();
  while (tally.freezes < freezes) {
    await frozen.allHold(20 * leaseMs);
    frozen.freeze();
    const { held } = frozen;
    await within(60 * leaseMs, async () => (await leases(db, held)).standing === 0);
    tally.freezes += (await leases(db, held)).taken;
    frozen.thaw();
    // What it calculated while it was thought dead is told now.
    await within(20 * leaseMs, async () => !frozen.held.some((each) => held.includes(each)));
  }
  await frozen.kill();
}

async function within(ms: number, holds: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + ms; Date.now() < until && !(await holds());) await sleep(25);
}
