import { randomUUID } from "node:crypto";
import { enqueue, outboxMigration, outboxRelayMigration, startOutboxRelay } from "../platform/outbox";
import type { Database } from "../platform/postgres";
import {
  createTestHost,
  testDatabase,
  type TestDatabase,
  type TestHost,
  testKafka,
  until,
} from "../platform/testing";
import { publishAgain, reconcileMigration, startEventReconciler } from ".";
import { publishedStatement, unpublishedStatement } from "./events";
import { openTurn } from "./turn";

let database: TestDatabase;
let host: TestHost;
let db: Database;

beforeAll(async () => {
  database = await testDatabase([outboxMigration(), outboxRelayMigration(), reconcileMigration()]);
});
afterAll(() => database?.drop());
beforeEach(async () => {
  host = createTestHost("reconcile");
  db = await database.open(host);
});
afterEach(() => host.close());

const gauge = (kind: string) => host.metric("reconciliation_disagreements", { kind });

test("what waits in the outbox and what is marked but not on the topic is found, measured, and settled when it is there", async () => {
  const broker = await testKafka();
  const kafka = await broker.open(host);
  const { topic } = broker;
  const relay = await host.own(startOutboxRelay(host, { db, kafka }));
  const key = randomUUID();
  const version = (n: number) => ({ topic, key, version: n, value: Buffer.from(`version ${n}`) });
  await db.transaction(async (tx) => {
    for (const n of [1, 2, 3]) await enqueue(tx, version(n));
  });
  await until(async () => (await unpublished()) === 0, 30_000);
  await relay.close();
  // One that waits, one whose mark lies about its place, one whose place is beyond the topic's end.
  await db.transaction((tx) => enqueue(tx, version(4)));
  await db.execute("UPDATE outbox SET kafka_offset = kafka_offset + 1 WHERE version = 1");
  await db.execute("UPDATE outbox SET kafka_offset = 9999 WHERE version = 3");
  await db.execute("UPDATE outbox SET published_at = published_at - interval '1 hour'");

  const reconciler = startEventReconciler(host, { db, kafka, topic, everyMs: 200, boundMs: 100 });
  expect(await gauge("event_not_on_topic")).toBe(0);
  await until(
    async () => (await gauge("event_not_on_topic")) === 2 && (await gauge("event_unpublished")) === 1,
    60_000,
  );
  expect(await host.metric("reconciliation_checked_total", { subject: "events" })).toBe(3);

  const lost = await db.query<{ id: number }>("SELECT id FROM outbox WHERE version IN (1, 3)");
  expect(
    await publishAgain(
      db,
      lost.map(({ id }) => id),
    ),
  ).toBe(2);
  await host.own(startOutboxRelay(host, { db, kafka }));
  await until(
    async () => (await gauge("event_not_on_topic")) === 0 && (await gauge("event_unpublished")) === 0,
    60_000,
  );
  await reconciler.close();
}, 180_000);

const unpublished = async () =>
  (await db.one<{ count: number }>("SELECT count(*) AS count FROM outbox WHERE published_at IS NULL")).count;

test("one process at a time has the turn, the next goes on where the last one stopped", async () => {
  const subject = randomUUID();
  const one = openTurn<number>(host, db, subject, 60_000);
  const other = openTurn<number>(host, db, subject, 60_000);
  const seen: (number | undefined)[] = [];
  const work = async (position: number | undefined) => {
    seen.push(position);
    return (position ?? 0) + 1;
  };
  expect(await one.take(work)).toBe(true);
  expect(await other.take(work)).toBe(false);
  expect(await one.take(work)).toBe(true);
  await one.giveBack();
  expect(await other.take(work)).toBe(true);
  expect(seen).toEqual([undefined, 1, 2]);
});

test("with 50,000 rows the windows of the outbox are read by index", async () => {
  await db.execute(
    `INSERT INTO outbox (topic, key, version, value, published_at, kafka_partition, kafka_offset)
     SELECT 'many', gen_random_uuid()::text, 1, '', now() - n * interval '1 second', 0, n FROM generate_series(1, 50000) AS n`,
  );
  await db.execute("ANALYZE outbox");
  const plan = async (text: string, values: unknown[]) =>
    JSON.stringify(await db.query(`EXPLAIN ${text}`, values));
  const since = new Date(Date.now() - 60_000).toISOString();
  expect(await plan(publishedStatement, [since, "0", "many", 0])).toContain("outbox_published");
  expect(await plan(unpublishedStatement, [0])).toContain("outbox_unpublished");
});
