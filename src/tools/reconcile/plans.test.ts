import { createEventsHandlers } from "../../baton/events-service";
import { readOpenStandings, readStandings } from "../../baton/rows";
import type { Database } from "../../platform/postgres";
import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../../platform/testing";
import { unpublishedEvents } from "../../reconcile";
import { changedModels, orphanModels } from "../../services/mes/models/compare-models";
import { mesMigrations } from "../../services/mes/store/migrations";
import { changedOrders, expectationsOf } from "../../services/shop/store/payment-comparison";
import { shopMigrations } from "../../services/shop/store/migrations";
import { agesStatement } from "./orders";
import { standingsStatement } from "./standings";

const orders = 20_000;
const nil = "00000000-0000-0000-0000-000000000000";
const longAgo = { at: new Date(0).toISOString(), id: nil };

let host: TestHost;
let database: TestDatabase;

beforeEach(() => {
  host = createTestHost("plans");
});
afterEach(async () => {
  await host.close();
  await database?.drop();
});

/** A database with many orders of the size that orders have, one in twenty of them open. */
async function filled(migrations: typeof mesMigrations): Promise<Database> {
  database = await testDatabase(migrations);
  const db = await database.open(host);
  await db.transaction(async (tx) => {
    for (const table of ["orders", "order_event"])
      await tx.execute(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    await tx.execute(
      `INSERT INTO orders (order_id, version, status, owner_id, material, operator_id, snapshot, created_at, updated_at)
       SELECT gen_random_uuid(), 1, CASE WHEN n % 20 = 0 THEN 'CREATED' ELSE 'DELIVERED' END, 'owner-' || n % 500, 'PLA', '',
         jsonb_build_object('model', jsonb_build_object('sha256', encode(sha256(n::text::bytea), 'hex'), 'sizeBytes', '1'), 'rest', repeat(md5(n::text), 30)),
         now() - n * interval '1 minute', now() - n * interval '1 minute'
       FROM generate_series(1, $1::integer) AS n`,
      [orders],
    );
    await tx.execute(
      `INSERT INTO order_event (order_id, version, event_id, status, source, origin, value, headers, occurred_at)
       SELECT order_id, 1, gen_random_uuid(), status, 'MES', 'local', convert_to(repeat('x', 1000), 'UTF8'), '{}', created_at FROM orders`,
    );
    await tx.execute(
      `INSERT INTO outbox (topic, key, version, value, published_at, kafka_partition, kafka_offset)
       SELECT 'many', order_id::text, 1, '', created_at, 0, 1 FROM orders`,
    );
  });
  await db.execute("ANALYZE");
  return db;
}

/** Runs what `work` asks of the database, and gives the plan of each statement. */
async function plansOf(db: Database, work: (db: Database) => Promise<unknown>): Promise<string> {
  const plans: string[] = [];
  const watched: Database = {
    ...db,
    async query(text, values) {
      const lines = await db.query<{ "QUERY PLAN": string }>(`EXPLAIN ${text}`, values);
      plans.push(lines.map((line) => line["QUERY PLAN"]).join("\n"));
      return db.query(text, values);
    },
  };
  await work(watched);
  expect(plans.length).toBeGreaterThan(0);
  return plans.join("\n\n");
}

const wholeTable = /Seq Scan on (orders|order_event|outbox)/;
const someIds = async (db: Database): Promise<string[]> =>
  (await db.query<{ id: string }>("SELECT order_id AS id FROM orders TABLESAMPLE SYSTEM (10) LIMIT 200")).map(
    ({ id }) => id,
  );

test("with 20,000 orders no statement of a sweep reads a table whole", async () => {
  const db = await filled(shopMigrations);
  const ids = await someIds(db);
  const call = {} as never;
  const asked: Record<string, (db: Database) => Promise<unknown>> = {
    "open orders": (each) => readOpenStandings(each, "", 500),
    "orders by id": (each) => readStandings(each, ids),
    "what peers are told": (each) =>
      createEventsHandlers(each).getOrderVersions({ orderIds: ids }, call) as Promise<unknown>,
    "orders by creation": (each) =>
      createEventsHandlers(each).listOrderVersions(
        { createdSince: new Date(0), pageSize: 500, pageToken: "" },
        call,
      ) as Promise<unknown>,
    "changed orders": (each) => changedOrders(each, longAgo, 0, 500),
    "what is expected of the ledger": (each) => expectationsOf(each, ids),
    "waiting events": (each) => unpublishedEvents(each, 0),
    "the tool's walk": (each) => each.query(standingsStatement, [nil, 500]),
    "the tool's ages": (each) => each.query(agesStatement, [ids, ids.map(() => 1)]),
  };
  for (const [what, work] of Object.entries(asked))
    expect({ what, plans: await plansOf(db, work) }).toEqual({
      what,
      plans: expect.not.stringMatching(wholeTable),
    });
}, 120_000);

test("with 20,000 orders the object store is compared with them by index, both ways", async () => {
  const db = await filled(mesMigrations);
  const names = await db.query<{ sha256: string }>(
    "SELECT snapshot->'model'->>'sha256' AS sha256 FROM orders LIMIT 200",
  );
  async function* list(prefix: string) {
    for (const { sha256 } of [...names, { sha256: "f".repeat(64) }])
      yield { key: `${prefix}${sha256}`, length: 1, modifiedAt: new Date(0) };
  }
  const plans = await plansOf(db, async (each) => {
    await changedModels(each, longAgo, 0, 500);
    expect(await orphanModels(each, { list }, 0)).toMatchObject([{ sha256: "f".repeat(64) }]);
  });
  expect(plans).not.toMatch(wholeTable);
  expect(plans).toContain("orders_by_model");
}, 120_000);
