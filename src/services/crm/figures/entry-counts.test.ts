import { randomUUID } from "node:crypto";
import type { Database } from "../../../platform/postgres";
import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../../../platform/testing";
import { crmMigrations } from "../store/migrations";
import { entriesOfDay, entriesSince, standingsOf } from "../store/order-figures";
import { EntryCounts } from "./entry-counts";
import { measureOrders } from "./measure-orders";

let host: TestHost;
let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  host = createTestHost("crm");
  database = await testDatabase(crmMigrations);
  db = await database.open(host);
  // Figures come from what is stored; how it may come about is the triggers' business.
  for (const table of ["orders", "order_event"])
    await db.execute(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
});
afterEach(async () => {
  await host.close();
  await database.drop();
});

/** Stores an order's events, `[status, when]`. */
async function store(
  on: Pick<Database, "execute">,
  events: [string, string][],
  orderId: string = randomUUID(),
  from = 1,
): Promise<string> {
  for (const [n, [status, at]] of events.entries())
    await on.execute(
      `INSERT INTO order_event (order_id, version, event_id, status, source, origin, value, headers, occurred_at)
       VALUES ($1, $2, gen_random_uuid(), $3, 'MES', 'applied', '', '{}', $4)`,
      [orderId, from + n, status, at],
    );
  return orderId;
}

const now = Date.parse("2026-11-21T12:00:00Z");
const countsOf = (counts: EntryCounts, status: string) =>
  (["today", "yesterday", "month"] as const).map((period) => counts.count(status, period, now));

test("an order counts on the day on which it first entered a status, and never again", async () => {
  await store(db, [
    ["CREATED", "2026-11-03T10:00:00Z"],
    ["MODEL_UPLOADED", "2026-11-20T23:59:59.999Z"],
    ["PRICED", "2026-11-21T00:00:00Z"],
    ["MODEL_UPLOADED", "2026-11-21T01:00:00Z"],
    ["PRICED", "2026-11-21T02:00:00Z"],
  ]);
  await store(db, [["CREATED", "2026-10-31T23:59:59Z"]]);
  const counts = new EntryCounts(db);
  await counts.look(now);
  expect(countsOf(counts, "CREATED")).toEqual([0, 0, 1]);
  expect(countsOf(counts, "MODEL_UPLOADED")).toEqual([0, 1, 1]);
  expect(countsOf(counts, "PRICED")).toEqual([1, 0, 1]);
  expect(countsOf(counts, "DELIVERED")).toEqual([0, 0, 0]);
});

test("what is stored between looks is counted once, also when its transaction was open during a look", async () => {
  const counts = new EntryCounts(db);
  await counts.look(now);
  const orderId = await store(db, [["CREATED", "2026-11-21T10:00:00Z"]]);
  await db.transaction(async (tx) => {
    await store(tx, [["CREATED", "2026-11-21T10:00:00Z"]]);
    await counts.look(now);
    expect(countsOf(counts, "CREATED")).toEqual([1, 0, 1]);
    await store(db, [["CREATED", "2026-11-20T10:00:00Z"]]);
    await counts.look(now);
  });
  await counts.look(now);
  await counts.look(now);
  expect(countsOf(counts, "CREATED")).toEqual([2, 1, 3]);
  await store(
    db,
    [
      ["MODEL_UPLOADED", "2026-11-21T11:00:00Z"],
      ["PRICED", "2026-11-21T11:01:00Z"],
      ["MODEL_UPLOADED", "2026-11-21T11:02:00Z"],
    ],
    orderId,
    2,
  );
  await counts.look(now);
  expect(countsOf(counts, "MODEL_UPLOADED")).toEqual([1, 0, 1]);

  const restarted = new EntryCounts(db);
  await restarted.look(now);
  for (const status of ["CREATED", "MODEL_UPLOADED", "PRICED"])
    expect(countsOf(restarted, status)).toEqual(countsOf(counts, status));
});

test("each status that is not final tells how many orders are in it and how long the first has been", async () => {
  for (const [status, age] of [
    ["PAID", 100],
    ["PAID", 50],
    ["DELIVERED", 999],
  ] as const)
    await db.execute(
      `INSERT INTO orders (order_id, version, status, owner_id, material, operator_id, snapshot, created_at, updated_at)
       VALUES (gen_random_uuid(), 1, $1, 'o', 'PLA', '', '{}', now(), now() - $2 * interval '1 second')`,
      [status, age],
    );
  await measureOrders(host, db)();
  expect(await host.metric("orders_active", { status: "PAID" })).toBe(2);
  expect(await host.metric("orders_oldest_seconds", { status: "PAID" })).toBeGreaterThanOrEqual(100);
  expect(await host.metric("orders_oldest_seconds", { status: "PAID" })).toBeLessThan(900);
  const text = await host.metricsText();
  expect(text).toContain('orders_active{status="CREATED"} 0');
  expect(text).toContain('orders_oldest_seconds{status="CREATED"} 0');
  expect(text).not.toContain('orders_active{status="DELIVERED"}');
  expect(text).toContain('orders_reached{status="DELIVERED",period="month"} 0');
});

test("with 20,000 orders no statement reads a table whole", async () => {
  await db.execute(
    `INSERT INTO orders (order_id, version, status, owner_id, material, operator_id, snapshot, created_at, updated_at)
     SELECT gen_random_uuid(), 1, CASE WHEN n % 20 = 0 THEN 'PAID' ELSE 'DELIVERED' END, 'o' || n % 500, 'PLA', '', jsonb_build_object('rest', repeat(md5(n::text), 30)),
       now() - n * interval '1 minute', now() - n * interval '1 minute' FROM generate_series(1, 20000) AS n`,
  );
  await db.execute(
    `INSERT INTO order_event (order_id, version, event_id, status, source, origin, value, headers, occurred_at)
     SELECT order_id, 1, gen_random_uuid(), status, 'MES', 'applied', convert_to(repeat('x', 1000), 'UTF8'), '{}', created_at FROM orders`,
  );
  await db.execute("ANALYZE");
  const { seen } = await db.one<{ seen: string }>("SELECT pg_current_snapshot()::text AS seen");
  const plans: string[] = [];
  const explain = async (text: string, values?: readonly unknown[]) => {
    const lines = await db.query<{ "QUERY PLAN": string }>(`EXPLAIN ${text}`, values);
    plans.push(lines.map((line) => line["QUERY PLAN"]).join("\n"));
  };
  const watched = {
    ...db,
    query: async (text: string, values?: readonly unknown[]) => (await explain(text, values), []),
    one: async (text: string, values?: readonly unknown[]) => (await explain(text, values), {}),
  } as unknown as Database;
  await entriesOfDay(watched, ["PAID", "DELIVERED"], new Date().toISOString().slice(0, 10));
  await entriesSince(watched, seen);
  await standingsOf(watched, ["PAID"]);
  expect(plans).toHaveLength(3);
  expect(plans.join("\n\n")).not.toMatch(/Seq Scan on (orders|order_event)/);
});
