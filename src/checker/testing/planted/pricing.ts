import { setTimeout as sleep } from "node:timers/promises";
import { UnitPrice } from "../../../gen/alexandrite/mes/v1/mes_worker";
import {
  Geometry,
  LengthUnit,
  ModelFormat,
  Order,
  OrderStatus,
} from "../../../gen/alexandrite/order/v1/order";
import { attach } from "../../../services/mes/jobs/attach";
import { createCompleter } from "../../../services/mes/jobs/complete";
import { createJobQueue, type JobQueue } from "../../../services/mes/jobs/queue";
import type { JobResult } from "../../../services/mes/jobs/result";
import { mesMigrations } from "../../../services/mes/store/migrations";
import type { Scenario } from "./scenario";
import { Stage } from "./stage";

const sha256 = "ab".repeat(32);
const model = {
  sha256,
  sizeBytes: 684n,
  format: ModelFormat.MODEL_FORMAT_STL,
  unit: LengthUnit.LENGTH_UNIT_MILLIMETER,
};

/** A cubic centimetre. */
const cube = Geometry.fromPartial({
  triangles: 12n,
  volumeMm3: 1_000,
  areaMm2: 600,
  extentsMm: [10, 10, 10],
  watertight: true,
  bodies: 1,
});

const open = (): Promise<Stage> =>
  Stage.open({ running: [], looked: ["MES"], migrations: { MES: mesMigrations } });

/** An order that waits for its price, and the queue with its job. */
async function waiting(stage: Stage, leaseMs: number): Promise<JobQueue> {
  const { db } = stage.world.services.MES;
  const { owner, specification } = Order.fromPartial({
    owner: { id: "anna" },
    specification: { material: "PLA", finish: "RAW", quantity: 3 },
  });
  const created = await stage.create({ owner, specification });
  await stage.move("MES", created, OrderStatus.ORDER_STATUS_MODEL_UPLOADED, {
    change: () => ({ model: Order.fromPartial({ model }).model }),
    withMove: attach,
  });
  return createJobQueue(db, { leaseMs, maxTries: 3 });
}

/** What a worker does with a job, as it sees it. */
function worker(stage: Stage, queue: JobQueue, workerId: string, leaseMs: number) {
  const client = stage.client(workerId, { role: "service", id: "pricing" });
  return {
    async claim() {
      const job = await client.record(
        { kind: "claim", name: "claim" },
        () => queue.claim(workerId),
        () => [],
        (job) => (job ? { job: { jobId: job.job_id, fence: String(job.fence), workerId, leaseMs } } : {}),
      );
      return job;
    },
    finish: (jobId: string, fence: number, result: JobResult) =>
      client.record(
        { kind: "report", name: "done" },
        () => queue.finish(jobId, BigInt(fence), result),
        () => [],
        (held) => ({ job: { jobId, fence: String(fence), workerId, report: "done", held } }),
      ),
  };
}

const noPrice: JobResult = { kind: "failed", failure: { reason: "NOT_WATERTIGHT", message: "It has holes" } };

const noFence: Scenario = {
  bug: "no-fence",
  foundBy: "stale-results-refused",
  stage: open,
  async run(stage) {
    const leaseMs = 150;
    const queue = await waiting(stage, leaseMs);
    const [sleeper, fresh] = ["sleeper", "fresh"].map((name) => worker(stage, queue, name, leaseMs));
    const stale = await sleeper!.claim();
    await sleep(leaseMs + 100);
    const job = await fresh!.claim();
    if (!stale || !job) throw new Error("There was no job to claim.");
    await sleeper!.finish(stale.job_id, stale.fence, noPrice);
    await fresh!.finish(job.job_id, job.fence, noPrice);
    await complete(stage);
  },
};

const leaseNotExclusive: Scenario = {
  bug: "lease-not-exclusive",
  foundBy: "lease-exclusion",
  stage: open,
  async run(stage) {
    const leaseMs = 60_000;
    const queue = await waiting(stage, leaseMs);
    const [first, second] = ["first", "second"].map((name) => worker(stage, queue, name, leaseMs));
    const claimed = await first!.claim();
    const stolen = await second!.claim();
    for (const job of [stolen, claimed]) if (job) await first!.finish(job.job_id, job.fence, noPrice);
    await complete(stage);
  },
};

const priceIgnoresQuantity: Scenario = {
  bug: "price-ignores-quantity",
  foundBy: "price-recomputed",
  stage: async () => {
    const stage = await open();
    stage.more.pricing = stage.world.services.MES.db;
    return stage;
  },
  async run(stage) {
    const queue = await waiting(stage, 60_000);
    const { claim, finish } = worker(stage, queue, "worker", 60_000);
    const job = await claim();
    if (!job) throw new Error("There was no job to claim.");
    await finish(job.job_id, job.fence, {
      kind: "priced",
      geometry: cube,
      unitPrice: await priceOfCube(stage, job.price_book_version),
    });
    await complete(stage);
  },
};

/** One such piece of raw PLA, by hand. */
async function priceOfCube(stage: Stage, book: number): Promise<UnitPrice> {
  const terms = await stage.world.services.MES.db.one<Record<string, number | string>>(
    `SELECT b.currency, b.machine_minor_per_hour::float8 AS machine, b.setup_minor::float8 AS setup, b.minimum_minor::float8 AS least,
       m.density_kg_m3 AS density, m.rate_minor_per_kg::float8 AS rate, m.build_rate_mm3_per_hour AS speed, f.rate_minor_per_dm2::float8 AS finish
     FROM price_book b JOIN material m ON m.price_book_version = b.version AND m.code = 'PLA'
     JOIN finish f ON f.price_book_version = b.version AND f.code = 'RAW' WHERE b.version = $1`,
    [book],
  );
  const term = (name: string): number => Number(terms[name]);
  const materialMinor = Math.round((1_000 * term("density") * term("rate")) / 1e9);
  const machineMinor = Math.round((1_000 / term("speed")) * term("machine"));
  const finishingMinor = Math.round(0.06 * term("finish"));
  const work = materialMinor + machineMinor + finishingMinor;
  const setupMinor = Math.max(term("setup"), term("least") - work);
  return UnitPrice.fromPartial({
    materialMinor: BigInt(materialMinor),
    machineMinor: BigInt(machineMinor),
    finishingMinor: BigInt(finishingMinor),
    setupMinor: BigInt(setupMinor),
    totalMinor: BigInt(work + setupMinor),
    currency: String(terms["currency"]),
  });
}

async function complete({ host, world }: Stage): Promise<void> {
  const { db, baton } = world.services.MES;
  await createCompleter(host, { db, baton: baton!, priceValidDays: 14 }).completeAll();
}

export const pricingScenarios: readonly Scenario[] = [noFence, leaseNotExclusive, priceIgnoresQuantity];
