import { setTimeout as sleep } from "node:timers/promises";
import { type Baton, batonMigrations, openBaton, type Peers } from "../../baton";
import { Holder } from "../../gen/alexandrite/order/v1/order";
import { PoisonError } from "../../platform/outbox";
import type { Database } from "../../platform/postgres";
import { openMesOrders } from "./mes-orders";
import { pace } from "./pace";
import { createBenchHost, openPlace } from "./place";
import type { EventServers } from "./servers";

export type Phase = {
  /** From a move's time to its apply at CRM, of orders without poison, in milliseconds. */
  latencies: number[];
  messages: number;
  poison: number;
  /** Slowest from a poisoned move's time to its dead letter, in seconds. */
  visible: number;
  /** Dead letters, by reason. */
  reasons: Record<string, number>;
  /** Orders that differ between MES and CRM after the fix. */
  apart: number;
};

/** MES and CRM as far as orders go: what MES publishes CRM applies, unless it is poisoned. */
export type PoisonPair = {
  /** Moves orders for a time; then CRM is mended, and what was set aside is sent again. */
  run(load: { seconds: number; rate: number; poison: boolean }): Promise<Phase>;
  close(): Promise<void>;
};

const topic = "order_status";
/** An order has a version more than moves; one version of a poisoned order is poison, and so many orders are that it is 1 % of the messages. */
const movesPerOrder = 4;
const everyOrder = Math.round(100 / (movesPerOrder + 1));
/** What has not come by then shows in the report. */
const patienceMs = 180_000;

export async function openPoisonPair(servers: EventServers): Promise<PoisonPair> {
  const controls = [createBenchHost("mes"), createBenchHost("crm")] as const;
  const [mesHost, crmHost] = [controls[0].host, controls[1].host];
  const { brokers } = servers;
  const mesPlace = { databaseUrl: await servers.createDatabase("mes"), brokers };
  const crmPlace = { databaseUrl: await servers.createDatabase("crm"), brokers };
  const mes = await openPlace(mesHost, mesPlace, batonMigrations(Holder.HOLDER_MES));
  const crm = await openPlace(crmHost, crmPlace, batonMigrations(Holder.HOLDER_CRM));
  await mes.kafka.ensureTopics([
    { topic, partitions: 12 },
    { topic: `${topic}.dlq`, partitions: 1 },
  ]);
  const orders = await openMesOrders(mesHost, { ...mes, topic });
  const peers = inProcess(orders.baton);
  const off = { sweepMs: 0, reconcileMs: 0, expiryMs: 0 };
  const self = Holder.HOLDER_CRM;
  const follower = await crmHost.own(openBaton(crmHost, { ...crm, self, topic, peers, ...off }));

  let poisoned = new Map<string, number>();
  let latencies: number[] = [];
  let mended = false;
  follower.onApplied(async (_tx, { orderId, version, updatedAt }) => {
    const at = poisoned.get(orderId);
    if (version === at && !mended) throw new PoisonError("ILLEGAL", `version ${version} meets a bug`);
    if (at === undefined && updatedAt) latencies.push(Date.now() - updatedAt.getTime());
  });
  await follower.start();
  // The group is formed by then.
  const [first = ""] = await orders.create(1);
  await eventually(async () => (await follower.get(first)) !== undefined);

  return {
    async run({ seconds, rate, poison }) {
      [poisoned, latencies, mended] = [new Map<string, number>(), [], false];
      const before = await eventsIn(mes.db);
      const count = Math.ceil((seconds * rate) / (movesPerOrder + 1));
      let begun = 0;
      const { failed } = await pace(
        rate / (movesPerOrder + 1),
        () => begun >= count,
        async (at) => {
          begun++;
          const [orderId = ""] = await orders.create(1, (id) => {
            if (poison && at % everyOrder === 0) poisoned.set(id, 2 + ((at / everyOrder) % movesPerOrder));
          });
          for (let move = 0; move < movesPerOrder; move++) await orders.move(orderId);
        },
      );
      if (failed > 0) throw new Error(`${failed} orders could not be moved.`);
      await eventually(async () => (await open(crm.db)) >= poisoned.size && (await arrived(mes.db, crm.db)));
      const letters = await crm.db.query<Letter>(
        "SELECT key, version, reason, created_at FROM dead_letter WHERE resolved_at IS NULL",
      );
      const visible = await visibleAfter(mes.db, letters);
      mended = true;
      await crm.db.execute(
        `INSERT INTO dead_letter_request (dead_letter_id, action, requested_by, reason)
         SELECT id, 'redeliver', 'bench', 'mended' FROM dead_letter WHERE resolved_at IS NULL ORDER BY id`,
      );
      await eventually(async () => (await apart(mes.db, crm.db)) === 0);
      return {
        latencies,
        messages: (await eventsIn(mes.db)) - before,
        poison: poisoned.size,
        visible,
        reasons: countBy(letters.map(({ reason }) => reason)),
        apart: await apart(mes.db, crm.db),
      };
    },
    async close() {
      for (const control of [...controls].reverse()) await control.stop(10_000);
    },
  };
}

type Letter = { key: string; version: number; reason: string; created_at: Date };

/** MES is asked as over gRPC, without the wire; Shop has nothing to tell. */
function inProcess({ handlers }: Baton): Peers {
  const call = {} as never;
  const mes = {
    getOrderEvents: (request: never) => handlers.getOrderEvents(request, call),
    getOrderVersions: (request: never) => handlers.getOrderVersions(request, call),
    listOrderVersions: (request: never) => handlers.listOrderVersions(request, call),
  } as unknown as NonNullable<Peers["MES"]>;
  return { MES: mes, SHOP: mes };
}

function eventsIn(db: Database): Promise<number> {
  return countOf(db, "SELECT count(*) AS n FROM order_event");
}

function open(crm: Database): Promise<number> {
  return countOf(crm, "SELECT count(*) AS n FROM dead_letter WHERE resolved_at IS NULL");
}

/** Whether every event of MES is at CRM: applied, set aside or parked. */
async function arrived(mes: Database, crm: Database): Promise<boolean> {
  const parked = await countOf(crm, "SELECT count(*) AS n FROM parked_message");
  return (await eventsIn(crm)) + (await open(crm)) + parked >= (await eventsIn(mes));
}

/** The slowest dead letter: from the move it is of to the row that a person sees, in seconds. */
async function visibleAfter(mes: Database, letters: readonly Letter[]): Promise<number> {
  const waits = await Promise.all(
    letters.map(async ({ key, version, created_at }) => {
      const { stored_at } = await mes.one<{ stored_at: Date }>(
        "SELECT stored_at FROM order_event WHERE order_id = $1 AND version = $2",
        [key, version],
      );
      return (created_at.getTime() - stored_at.getTime()) / 1_000;
    }),
  );
  return Math.max(0, ...waits);
}

async function apart(mes: Database, crm: Database): Promise<number> {
  const digests = (db: Database) =>
    db.query<{ order_id: string; digest: string }>(
      "SELECT order_id, md5(string_agg(value, '' ORDER BY version)) AS digest FROM order_event GROUP BY order_id",
    );
  const [there, here] = await Promise.all([digests(mes), digests(crm)]);
  const known = new Map(here.map(({ order_id, digest }) => [order_id, digest]));
  return there.filter(({ order_id, digest }) => known.get(order_id) !== digest).length;
}

async function countOf(db: Database, text: string): Promise<number> {
  return (await db.one<{ n: number }>(text)).n;
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

async function eventually(check: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patienceMs; !(await check()) && Date.now() < end;) await sleep(200);
}
