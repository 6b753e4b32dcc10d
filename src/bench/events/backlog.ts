import { setTimeout as sleep } from "node:timers/promises";
import { batonMigrations } from "../../baton";
import { Holder } from "../../gen/alexandrite/order/v1/order";
import { compare, type Comparison } from "./compare";
import { type MesOrders, openMesOrders } from "./mes-orders";
import { pace } from "./pace";
import { createBenchHost, openPlace } from "./place";
import { waitingRows } from "./row-writer";
import { startEventServers } from "./servers";
import { readTopic } from "./topic";

export type BacklogOptions = {
  /** How long the broker is down. */
  seconds: number;
  /** Transitions per second, while it is down and after. Default: 200. */
  rate?: number;
  /** How many times as fast as it grew the backlog has to be drained. Default: 5. */
  leastTimes?: number;
  progress?: (line: string) => void;
};

export type BacklogReport = Comparison & {
  part: "backlog";
  rate: number;
  down_seconds: number;
  /** Transitions committed per second while the broker was down. */
  moves_per_second: number;
  failed_moves: number;
  backlog: number;
  grew_per_second: number;
  /** Rows published per second while there was a backlog. */
  published_per_second: number;
  /** By how much the backlog shrank per second, while transitions went on. */
  drained_per_second: number;
  times_as_fast: number;
  breaches: string[];
};

const topic = "order_status";
const partitions = 12;
const orders = 500;
/** After this long the drain is given up; what is left shows as unmarked. */
const patienceMs = 900_000;

/** Moves orders of MES at a steady rate, takes the broker away for a time, and watches the outbox drain when it is back, with the moves going on. */
export async function runBacklog({
  seconds,
  rate = 200,
  leastTimes = 5,
  progress,
}: BacklogOptions): Promise<BacklogReport> {
  const servers = await startEventServers();
  const control = createBenchHost("backlog");
  const { host } = control;
  try {
    const place = { databaseUrl: await servers.createDatabase("backlog"), brokers: servers.brokers };
    const { db, kafka } = await openPlace(host, place, batonMigrations(Holder.HOLDER_MES));
    await kafka.ensureTopics([{ topic, partitions }]);
    const mes = await openMesOrders(host, { db, kafka, topic });
    const ids = await mes.create(orders);
    const waiting = (): Promise<number> => waitingRows(db);
    await shrinks(waiting, 0);
    progress?.(`${orders} orders, the broker goes down`);

    await servers.killBroker();
    const downAt = performance.now();
    const moving = moveSteadily(mes, ids, rate);
    await sleep(seconds * 1_000);
    const backlog = await waiting();
    const downSeconds = (performance.now() - downAt) / 1_000;
    const moved = moving.moves() / downSeconds;
    progress?.(`${backlog} rows wait after ${downSeconds.toFixed(0)} s, the broker comes back`);

    await servers.startBroker();
    // From the first rows that go out: the broker's own start is not the relay's.
    const begun = await begins(waiting);
    const before = { moves: moving.moves(), at: performance.now() };
    const left = await shrinks(waiting, rate / 2);
    const drainSeconds = (performance.now() - before.at) / 1_000;
    const movesMeanwhile = moving.moves() - before.moves;
    const failed = await moving.stop();
    await shrinks(waiting, 0);
    progress?.(`drained in ${drainSeconds.toFixed(1)} s`);

    const found = await compare(db, topic, await readTopic(host, kafka, topic, partitions));
    const grew = backlog / downSeconds;
    const shrank = (begun - left) / drainSeconds;
    return {
      part: "backlog",
      rate,
      down_seconds: Math.round(downSeconds),
      moves_per_second: Math.round(moved),
      failed_moves: failed,
      backlog,
      grew_per_second: Math.round(grew),
      published_per_second: Math.round(shrank + movesMeanwhile / drainSeconds),
      drained_per_second: Math.round(shrank),
      times_as_fast: Number((shrank / grew).toFixed(1)),
      ...found,
      breaches: breachesOf(found, failed, moved / rate, shrank / grew, leastTimes),
    };
  } finally {
    await control.stop(10_000);
    await servers.stop();
  }
}

/** An order's moves come one after the other; `stop` tells how many failed. */
function moveSteadily(mes: MesOrders, ids: readonly string[], rate: number) {
  const free = [...ids];
  let over = false;
  let moves = 0;
  const moving = pace(
    rate,
    () => over,
    async () => {
      const orderId = free.shift()!;
      await mes.move(orderId).finally(() => free.push(orderId));
      moves++;
    },
  );
  return {
    moves: () => moves,
    async stop() {
      over = true;
      return (await moving).failed;
    },
  };
}

/** Waits until rows go out; how many waited then. */
async function begins(waiting: () => Promise<number>): Promise<number> {
  let most = await waiting();
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(50)) {
    const now = await waiting();
    if (now < most) return most;
    most = now;
  }
  return most;
}

/** Waits until no more than so many rows wait; how many do then. */
async function shrinks(waiting: () => Promise<number>, to: number): Promise<number> {
  for (const end = Date.now() + patienceMs; ; await sleep(100)) {
    const now = await waiting();
    if (now <= to || Date.now() > end) return now;
  }
}

function breachesOf(
  found: Comparison,
  failed: number,
  share: number,
  times: number,
  least: number,
): string[] {
  const none = ["lost", "foreign", "disordered", "misplaced", "unmarked"] as const;
  return [
    ...none.filter((what) => found[what] > 0).map((what) => `${found[what]} ${what}, none is allowed`),
    ...(failed > 0 ? [`${failed} moves failed`] : []),
    ...(share < 0.95 ? [`${(share * 100).toFixed(0)} % of the rate was kept, not 95 %`] : []),
    ...(times < least
      ? [`the backlog was drained ${times.toFixed(1)} times as fast as it grew, not ${least}`]
      : []),
  ];
}
