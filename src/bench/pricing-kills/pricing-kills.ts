import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "../../platform/postgres";
import { loadMesConfig, type MesConfig } from "../../services/mes/config";
import { startMesWorker } from "../../services/mes/mes-worker";
import { mesMigrations } from "../../services/mes/store/migrations";
import { createBenchHost } from "../events/place";
import { seededRandom } from "../stats";
import { freezeAgain, killInTurn, type World } from "./faults";
import { type Findings, findings, history, topUp, unfinished } from "./jobs";
import { Victim, type VictimOptions } from "./victim";

export type PricingKillOptions = {
  /** An empty database, and a broker for what the workers' door opens besides. */
  databaseUrl: string;
  brokers: string;
  /** Workers to kill; the last processes may make it a few more. */
  kills: number;
  /** Workers to freeze, with a job that another takes meanwhile; the last process may make it a few more. */
  freezes: number;
  /** The compiled `worker-child`. Default: beside this file. */
  program?: string;
  /** Most of a kill's cost is the start of the process. Default: 8. */
  workersPerProcess?: number;
  /** Processes that are killed side by side, each with one standing by. Default: 2. */
  lanes?: number;
  /** Default: 300. */
  leaseMs?: number;
  /** The share of the kills that must hit between claim and finish. Default: 0.8. */
  leastShare?: number;
  seed?: number;
  progress?: (line: string) => void;
};

export type PricingKillReport = Findings & {
  kills: number;
  share_between: number;
  /** Processes killed: several workers each. */
  processes: number;
  /** Workers frozen whose job was taken by another before they went on. */
  freezes: number;
  /** Results that came under an old fence and were refused. */
  stale_refused: number;
  lease_ms: number;
  seconds: number;
  /** Wall time of the kills, per kill. */
  ms_per_kill: number;
  breaches: string[];
};

const calculationMs = { short: { least: 100, most: 500 }, long: { least: 1_500, most: 3_000 } };

/**
 * Kills pricing workers with SIGKILL, most of them between claim and finish, and freezes others beyond their lease, while others work on; then lets the rest be done, and holds the
 * jobs' history against the fences that their results were calculated under.
 */
export async function runPricingKills(options: PricingKillOptions): Promise<PricingKillReport> {
  const { leaseMs = 300, lanes = 2, workersPerProcess: workers = 8, progress } = options;
  const startedAt = Date.now();
  const { host, stop } = createBenchHost("mes-worker");
  const own = createBenchHost("pricing-kills");
  const tally: World["tally"] = { kills: 0, processes: 0, freezes: 0 };
  const alive = new Set<Victim>();
  try {
    const serviceKey = randomUUID();
    const config = doorConfig(options, serviceKey, leaseMs);
    const { port } = await startMesWorker(host, config);
    const db = await own.host.own(openDatabase(own.host, config.postgres, { migrations: mesMigrations }));
    await db.execute(history);
    const program = options.program ?? join(__dirname, "worker-child.js");
    const common = { program, address: `127.0.0.1:${port}`, serviceKey };
    const begin = (options: Omit<VictimOptions, keyof typeof common>): Victim => {
      const started = new Victim({ ...common, ...options });
      alive.add(started);
      started.dead.then(
        () => alive.delete(started),
        () => undefined,
      );
      return started;
    };
    const supply = own.host.every("supply", 100, () => topUp(db, 2 * lanes * workers));
    own.host.every("progress", 10_000, async () =>
      progress?.(`${tally.kills} workers killed, ${tally.freezes} frozen`),
    );
    const others = begin({ workers: Math.ceil(workers / 2), calculationMs: calculationMs.short });
    await others.begin();
    const start: World["start"] = (length) => begin({ workers, calculationMs: calculationMs[length] });
    const world: World = { db, leaseMs, random: seededRandom(options.seed ?? 1), start, tally };
    const each = Array.from({ length: lanes });
    const killingSince = Date.now();
    await Promise.all(each.map(() => killInTurn(world, options.kills)));
    const killingMs = Date.now() - killingSince;
    await Promise.all(each.map(() => freezeAgain(world, options.freezes)));
    await supply.close();
    for (const until = Date.now() + 120_000; (await unfinished(db)) > 0 && Date.now() < until;)
      await sleep(100);
    await others.kill();
    const found = await findings(db);
    const staleRefused = refusedResults(await host.metrics.collect());
    return {
      ...tally,
      share_between: Number(shareOf(found, tally).toFixed(3)),
      ...found,
      stale_refused: staleRefused,
      lease_ms: leaseMs,
      seconds: Math.round((Date.now() - startedAt) / 1_000),
      ms_per_kill: Math.round(killingMs / Math.max(1, tally.kills)),
      breaches: [
        ...breachesOf(found),
        ...(shareOf(found, tally) < (options.leastShare ?? 0.8)
          ? [`${found.between} of ${tally.kills} kills hit between claim and finish: too few`]
          : []),
        ...(tally.freezes > 0 && staleRefused === 0
          ? ["No stale result came: the freezes prove nothing"]
          : []),
      ],
    };
  } finally {
    await Promise.all([...alive].map((each) => each.kill().catch(() => undefined)));
    await stop(20_000);
    await own.stop(20_000);
  }
}

function shareOf({ between }: Findings, { kills }: World["tally"]): number {
  return kills === 0 ? 1 : between / kills;
}

function doorConfig({ databaseUrl, brokers }: PricingKillOptions, key: string, leaseMs: number): MesConfig {
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

function breachesOf({ lost, doubled, stale }: Findings): string[] {
  return Object.entries({ lost, doubled, stale })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}, none is allowed`);
}
