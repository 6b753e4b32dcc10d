import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../platform/postgres";
import { openDatabase } from "../../platform/postgres";
import { loadMesConfig } from "../../services/mes/config";
import { startMesWorker } from "../../services/mes/mes-worker";
import { mesMigrations } from "../../services/mes/store/migrations";
import { createBenchHost } from "../events/place";
import { seededRandom } from "../stats";
import { type Findings, findings, history, standing, topUp, unfinished } from "./jobs";
import { Victim, type VictimOptions } from "./victim";

export type PricingKillOptions = {
  /** An empty database, and a broker for what the workers' door opens besides. */
  databaseUrl: string;
  brokers: string;
  /** Workers to kill; the last process may make it a few more. */
  kills: number;
  /** Workers to freeze, with a job that another takes meanwhile. */
  freezes: number;
  /** The compiled `worker-child`. Default: beside this file. */
  program?: string;
  /** Most of a kill's cost is the start of the process. Default: 5. */
  workersPerProcess?: number;
  /** Processes that are killed side by side, each with one standing by. Default: 2. */
  lanes?: number;
  /** Default: 300. */
  leaseMs?: number;
  seed?: number;
  progress?: (line: string) => void;
};

export type PricingKillReport = Findings & {
  kills: number;
  /** Kills of a worker whose lease stood in the database after its death. */
  between: number;
  share_between: number;
  /** Processes killed: several workers each. */
  processes: number;
  /** Workers frozen whose job was taken by another before they went on. */
  freezes: number;
  /** Results that came under an old fence and were refused. */
  stale_refused: number;
  lease_ms: number;
  seconds: number;
  breaches: string[];
};

type Tally = { kills: number; between: number; processes: number; freezes: number };
/** Of the processes, those that are killed wherever they are. */
const anywhere = 0.08;
const queued = 60;

/**
 * Kills pricing workers with SIGKILL, most of them between claim and finish, and freezes others beyond their lease, while others work on; then lets the rest be done, and holds the
 * jobs' history against the fences that their results were calculated under.
 */
export async function runPricingKills(options: PricingKillOptions): Promise<PricingKillReport> {
  const { leaseMs = 300, lanes = 2, workersPerProcess: workers = 5, progress } = options;
  const startedAt = Date.now();
  const { host, stop } = createBenchHost("mes-worker");
  const own = createBenchHost("pricing-kills");
  const random = seededRandom(options.seed ?? 1);
  const tally: Tally = { kills: 0, between: 0, processes: 0, freezes: 0 };
  const alive = new Set<Victim>();
  try {
    const serviceKey = randomUUID();
    const config = doorConfig(options, serviceKey, leaseMs);
    const { port } = await startMesWorker(host, config);
    const db = await own.host.own(openDatabase(own.host, config.postgres, { migrations: mesMigrations }));
    await db.execute(history);
    const program = options.program ?? join(__dirname, "worker-child.js");
    const victim: VictimOptions = { program, address: `127.0.0.1:${port}`, serviceKey, workers };
    const start = (): Victim => {
      const started = new Victim(victim);
      alive.add(started);
      return started;
    };
    const supply = own.host.every("supply", 100, () => topUp(db, queued));
    const each = Array.from({ length: lanes });
    const world = { db, leaseMs, random, start, tally, progress };
    await Promise.all(each.map(() => killInTurn(world, options.kills)));
    await Promise.all(each.map(() => freezeAgain(world, options.freezes)));
    await supply.close();
    const rest = start();
    for (const until = Date.now() + 120_000; (await unfinished(db)) > 0 && Date.now() < until;)
      await sleep(100);
    await rest.kill();
    const found = await findings(db);
    const share = tally.kills === 0 ? 1 : tally.between / tally.kills;
    return {
      ...tally,
      share_between: Number(share.toFixed(3)),
      ...found,
      stale_refused: refusedResults(await host.metrics.collect()),
      lease_ms: leaseMs,
      seconds: Math.round((Date.now() - startedAt) / 1_000),
      breaches: breachesOf(found, share),
    };
  } finally {
    await Promise.all([...alive].map((each) => each.kill()));
    await stop(20_000);
    await own.stop(20_000);
  }
}

type World = {
  db: Database;
  leaseMs: number;
  random: () => number;
  start: () => Victim;
  tally: Tally;
  progress: ((line: string) => void) | undefined;
};

/** One process after the other, the next one started before its predecessor is killed. */
async function killInTurn(
  { db, leaseMs, random, start, tally, progress }: World,
  kills: number,
): Promise<void> {
  let standby = start();
  while (tally.kills < kills) {
    const now = standby;
    standby = start();
    if (random() < anywhere) await sleep(random() * 4 * leaseMs);
    else await now.allHold(10 * leaseMs);
    const held = await now.kill();
    tally.between += await standing(db, held);
    tally.kills += now.workers;
    if (++tally.processes % 20 === 0)
      progress?.(`${tally.kills} kills, ${tally.between} between claim and finish`);
  }
  await standby.kill();
}

/** Freezes a process until its jobs are in others' hands, and lets it go on with what it takes for its own. */
async function freezeAgain({ db, leaseMs, start, tally, progress }: World, freezes: number): Promise<void> {
  const [frozen, taker] = [start(), start()];
  await Promise.all([frozen.ready, taker.ready]);
  while (tally.freezes < freezes) {
    await frozen.allHold(10 * leaseMs);
    frozen.freeze();
    const { held } = frozen;
    const before = await standing(db, held);
    let left = before;
    for (const until = Date.now() + 20 * leaseMs; left > 0 && Date.now() < until;) {
      await sleep(leaseMs / 10);
      left = await standing(db, held);
    }
    frozen.thaw();
    tally.freezes += before - left;
    progress?.(`${tally.freezes} freezes, ${held.length} held, ${before} standing, ${left} left`);
    // What it calculated while it was thought dead is told now.
    await sleep(leaseMs);
  }
  await Promise.all([frozen.kill(), taker.kill()]);
}

function doorConfig({ databaseUrl, brokers }: PricingKillOptions, key: string, leaseMs: number) {
  return loadMesConfig({
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: brokers,
    S3_ENDPOINT: "http://127.0.0.1:9",
    S3_ACCESS_KEY_ID: "none",
    S3_SECRET_ACCESS_KEY: "none",
    SERVICE_KEY: key,
    SERVICE_KEY_HASHES: `pricing:${createHash("sha256").update(key).digest("hex")}`,
    GRPC_PORT: "0",
    GRPC_STOP_NOTICE_MS: "0",
    PRICING_LEASE_MS: String(leaseMs),
    // A killed worker counts as a failure of its job: that nobody may kill them for ever is tested elsewhere.
    PRICING_MAX_TRIES: "100",
  });
}

function refusedResults(metrics: string): number {
  const line = /^pricing_reports_total\{(?=[^}]*kind="done")(?=[^}]*outcome="lost")[^}]*\} (\d+)/m.exec(
    metrics,
  );
  return Number(line?.[1] ?? 0);
}

function breachesOf({ lost, doubled, stale }: Findings, share: number): string[] {
  const none = Object.entries({ lost, doubled, stale }).filter(([, count]) => count > 0);
  return [
    ...none.map(([what, count]) => `${count} ${what}, none is allowed`),
    ...(share < 0.8 ? [`${share.toFixed(2)} of the kills hit between claim and finish, not 0.8`] : []),
  ];
}
