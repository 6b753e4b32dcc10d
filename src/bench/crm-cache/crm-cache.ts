import { join } from "node:path";
import { defineConfig } from "../../platform/config";
import { openDatabase, postgresConfig } from "../../platform/postgres";
import { crmMigrations } from "../../services/crm/store/migrations";
import { createToolHost } from "../../tools/tool-host";
import { type BenchChild, startBenchChild } from "../child";
import { startBenchDatabase } from "../postgres";
import { seededRandom, shuffled } from "../stats";
import type { LoadOrder, LoadReport, Ran, ServiceOrder, ServiceReport } from "./messages";
import { fillDatabase } from "./orders";
import { type WorkloadName, workloadNames } from "./workloads";

/** What is compared, with the cache's switch; the second without it is the same as the first, and shows the noise. */
export const variants = { without: "off", "without again": "off", with: "on" } as const;
export type VariantName = keyof typeof variants;
const variantNames = Object.keys(variants) as VariantName[];

/** One round of one variant: processor time of the service per call, in microseconds, what the callers saw, and the cache's reads by result. */
export type Sample = Ran & { cpuUs: number; perSecond: number; reads: Record<string, number> };
export type Samples = Record<WorkloadName, Record<VariantName, Sample[]>>;

export type CrmCacheOptions = {
  /** Paired rounds that count, and before them those that do not. */
  rounds: number;
  warmup: number;
  /** Of one round. */
  calls: number;
  atATime: number;
  updatesPerSecond: number;
  /** Orders in the database beside the 200 that are read. */
  orders: number;
  seed: number;
  /** A superuser's URL; without one a server is started. */
  postgresUrl?: string | undefined;
  /** Where the compiled processes are; by default beside this file. */
  folder?: string;
  progress?: (line: string) => void;
};

type Service = BenchChild<ServiceOrder, ServiceReport>;

/** Reads of CRM with its cache and without, from services in processes of their own on one PostgreSQL, round by round in random order. */
export async function runCrmCache(options: CrmCacheOptions): Promise<Samples> {
  const { rounds, warmup, calls, atATime, updatesPerSecond, orders, seed } = options;
  const { folder = __dirname, progress = () => undefined } = options;
  const random = seededRandom(seed);
  const database = await startBenchDatabase(options.postgresUrl);
  const services = new Map<VariantName, Service>();
  let load: BenchChild<LoadOrder, LoadReport> | undefined;
  try {
    await prepare(database.url, orders);
    const env = { ...process.env, BENCH_DATABASE_URL: database.url };
    for (const name of variantNames)
      services.set(
        name,
        await startBenchChild(join(folder, "service-process.js"), { args: [variants[name]], env }),
      );
    load = await startBenchChild(join(folder, "load-process.js"), { env });
    const samples = Object.fromEntries(
      workloadNames.map((workload) => [workload, { without: [], "without again": [], with: [] }]),
    ) as unknown as Samples;
    for (let round = -warmup; round < rounds; round++) {
      progress(round < 0 ? "warm-up" : `round ${round + 1} of ${rounds}`);
      for (const workload of workloadNames)
        for (const name of shuffled(variantNames, random)) {
          const service = services.get(name) as Service;
          const before = await service.ask({ kind: "usage" }, "usage");
          const { port } = service.ready;
          const order = { kind: "run", port, workload, calls, atATime, updatesPerSecond } as const;
          const ran = await load.ask(order, "ran");
          const after = await service.ask({ kind: "usage" }, "usage");
          if (round < 0) continue;
          samples[workload][name].push({
            ...ran,
            cpuUs: (after.cpuUs - before.cpuUs) / calls,
            perSecond: calls / ran.seconds,
            reads: difference(after.reads, before.reads),
          });
        }
    }
    return samples;
  } finally {
    await Promise.all([...services.values(), ...(load ? [load] : [])].map((child) => child.stop()));
    await database.stop();
  }
}

async function prepare(url: string, orders: number): Promise<void> {
  const control = createToolHost("bench-crm-cache");
  const { postgres } = defineConfig({ postgres: postgresConfig })({ DATABASE_URL: url });
  const db = await openDatabase(control.host, postgres, { migrations: crmMigrations });
  try {
    await fillDatabase(db, orders);
  } finally {
    await db.close();
  }
}

function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]),
  );
}
