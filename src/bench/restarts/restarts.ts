import { setTimeout as sleep } from "node:timers/promises";
import type { System } from "../../e2e/system";
import { ask } from "../../stack/supervisor/client";
import { Latencies } from "../../tools/demo/latency";
import { sampleModels } from "../../tools/demo/models";
import { runOrder } from "../../tools/demo/one-order";
import { Acknowledged } from "./acknowledged";
import { audit } from "./audit";
import { openProbes, untilPostgresAnswers, untilServing } from "./probes";

export type RestartsOptions = {
  times: number;
  /** Orders under way at the same time. */
  concurrency: number;
  /** Load between two kills, in milliseconds; as long again at random is added. */
  betweenMs: number;
  progress?: (line: string) => void;
};

export type RestartsReport = {
  restarts: number;
  /** From Postgres's first answer until each service has answered a call that needs it: the slowest service, per restart. */
  serving_ms: { p50: number; max: number };
  /** The slowest answer of each service over all restarts. */
  slowest_ms: Record<string, number>;
  orders: number;
  delivered: number;
  lost: number;
  apart: number;
  /** Service processes that ended or were started again. */
  crashes: string[];
};

/** Kills Postgres with SIGKILL and starts it again, over and over, while orders run through the public doors. */
export async function runRestarts(
  system: System,
  { times, concurrency, betweenMs, progress = () => undefined }: RestartsOptions,
): Promise<RestartsReport> {
  const acknowledged = new Acknowledged();
  const watched: System = {
    ...system,
    customer: acknowledged.watch(system.customer),
    partner: acknowledged.watch(system.partner),
    staff: acknowledged.watch(system.staff),
  };
  const probes = await openProbes(watched, watched.customer);
  await untilServing(probes);
  const before = await processes(system);
  const load = startLoad(watched, concurrency);
  const slowest: Record<string, number> = {};
  const servingMs: number[] = [];
  try {
    for (let round = 1; round <= times && !load.failed(); round++) {
      await sleep(betweenMs * (1 + Math.random()));
      await system.stack("kill", "postgres");
      const starting = system.stack("start", "postgres");
      await untilPostgresAnswers(system);
      const took = await untilServing(probes);
      await starting;
      for (const [name, ms] of Object.entries(took)) slowest[name] = Math.max(slowest[name] ?? 0, ms);
      servingMs.push(Math.max(...Object.values(took)));
      progress(
        `${round} of ${times}: serving ${Math.round(servingMs.at(-1)!)} ms after Postgres, ${load.delivered()} orders delivered`,
      );
    }
  } finally {
    await load.stop();
  }
  const after = await processes(system);
  const found = await audit(system.settings, acknowledged.versions);
  for (const orderId of [...found.lost, ...found.apart].slice(0, 20)) progress(`look at order ${orderId}`);
  const sorted = servingMs.sort((a, b) => a - b);
  return {
    restarts: servingMs.length,
    serving_ms: {
      p50: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0),
      max: Math.round(sorted.at(-1) ?? 0),
    },
    slowest_ms: Object.fromEntries(Object.entries(slowest).map(([name, ms]) => [name, Math.round(ms)])),
    orders: found.orders,
    delivered: load.delivered(),
    lost: found.lost.length,
    apart: found.apart.length,
    crashes: [...before].flatMap(([name, pid]) => (after.get(name) === pid ? [] : [name])),
  };
}

/** Takes one order after the other to DELIVERED; `stop` waits for those under way and throws what one failed with. */
function startLoad(system: System, concurrency: number) {
  const { customer, partner, staff, settings } = system;
  const models = sampleModels(settings.root);
  let running = true;
  let failed = false;
  let delivered = 0;
  const worker = async (number: number): Promise<void> => {
    while (running) {
      const model = models[(delivered + number) % models.length]!;
      const door = number % 2 === 0 ? customer : partner;
      await runOrder({ customer: door, staff, model, quantity: 1, sellerDelivers: true }, new Latencies());
      delivered += 1;
    }
  };
  const workers = Promise.all(Array.from({ length: concurrency }, (_, number) => worker(number)));
  workers.catch(() => {
    failed = true;
    running = false;
  });
  return {
    delivered: () => delivered,
    failed: () => failed,
    async stop() {
      running = false;
      await workers;
    },
  };
}

/** The services' processes, by name; what stands behind them is not ours to crash. */
async function processes({ settings }: System): Promise<Map<string, number | undefined>> {
  const state = await ask(settings.stateFolder, { verb: "report" });
  if (!state) throw new Error("The supervisor does not answer.");
  const backends = new Set(["postgres", "kafka", "s3", "otlp"]);
  const ours = state.processes.filter(({ name }) => !backends.has(name));
  return new Map(ours.map(({ name, pid }) => [name, pid]));
}
