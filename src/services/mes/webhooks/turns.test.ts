import { randomUUID } from "node:crypto";
import type { Database } from "../../../platform/postgres";
import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../../../platform/testing";
import { mesMigrations } from "../store/migrations";
import { claimDeliveries, claimText, type ClaimedDelivery } from "./store";

let database: TestDatabase;
let host: TestHost;
let db: Database;
let orderId: string;

beforeAll(async () => {
  database = await testDatabase(mesMigrations);
  host = createTestHost("mes");
  db = await database.open(host);
});
afterAll(async () => {
  await host?.close();
  await database?.drop();
});
beforeEach(async () => {
  await db.execute("DELETE FROM webhook_delivery");
  await db.execute("DELETE FROM webhook");
  orderId = randomUUID();
});

/** A webhook with so many deliveries due, of an order with as many versions. */
async function webhook(count: number, { dueFor = "1 hour", webhookId = randomUUID() } = {}): Promise<string> {
  await db.execute(
    `INSERT INTO webhook (webhook_id, partner_id, url, secret)
     SELECT $1, partner_id, 'https://partner.example/', 'whsec_' FROM partner LIMIT 1`,
    [webhookId],
  );
  await db.transaction(async (tx) => {
    // Only the deliveries are looked at here: the events of an order that is not there are no harm.
    await tx.execute("SET LOCAL session_replication_role = replica");
    await tx.execute(
      `INSERT INTO order_event (order_id, version, event_id, status, source, origin, occurred_at, value, headers)
       SELECT $1, n, gen_random_uuid(), 'CREATED', 'MES', 'local', now(), '', '{}' FROM generate_series(1, $2) n ON CONFLICT DO NOTHING`,
      [orderId, count],
    );
    await tx.execute(
      `INSERT INTO webhook_delivery (webhook_id, order_id, version, due_at)
       SELECT $1, $2, n, clock_timestamp() - $4::interval FROM generate_series(1, $3) n`,
      [webhookId, orderId, count, dueFor],
    );
  });
  return webhookId;
}
const claim = (limit: number, busy: string[] = []): Promise<ClaimedDelivery[]> =>
  claimDeliveries(db, { limit, leaseMs: 60_000, busy });
const owners = (claimed: ClaimedDelivery[]): string[] => claimed.map(({ webhook_id }) => webhook_id).sort();

test("a webhook with a thousand deliveries stands before nobody", async () => {
  const flooded = await webhook(1_000);
  const others = [await webhook(1, { dueFor: "1 second" }), await webhook(1, { dueFor: "1 second" })];
  expect(owners(await claim(16))).toEqual([flooded, ...others].sort());
});

test("webhooks take turns when there are more of them than places", async () => {
  const all = [];
  for (let i = 0; i < 5; i++) all.push(await webhook(10));
  const rounds: string[][] = [];
  for (let i = 0; i < 5; i++) rounds.push(owners(await claim(2)));
  const turns = all.map((id) => rounds.flat().filter((each) => each === id).length);
  expect(turns).toEqual([2, 2, 2, 2, 2]);
});

test("a webhook that is busy, deleted or disabled gets none", async () => {
  const [busy, deleted, disabled, free] = [
    await webhook(2),
    await webhook(2),
    await webhook(2),
    await webhook(2),
  ];
  await db.execute("UPDATE webhook SET deleted_at = now() WHERE webhook_id = $1", [deleted]);
  await db.execute("UPDATE webhook SET disabled_at = now() WHERE webhook_id = $1", [disabled]);
  expect(owners(await claim(16, [busy]))).toEqual([free]);
});

test("instances that claim at once never get the same delivery", async () => {
  for (let i = 0; i < 6; i++) await webhook(3);
  const claimed = (await Promise.all([claim(16), claim(16), claim(16), claim(16)])).flat();
  const ids = claimed.map(({ delivery_id }) => delivery_id);
  expect(ids.length).toBeGreaterThanOrEqual(6);
  expect(new Set(ids).size).toBe(ids.length);
});

test("deliveries come the longest due first, and those that are not due yet not at all", async () => {
  await webhook(3);
  await db.execute("UPDATE webhook_delivery SET due_at = due_at - version * interval '1 second'");
  await db.execute("UPDATE webhook_delivery SET due_at = now() + interval '1 hour' WHERE version = 3");
  const versions = [];
  for (let i = 0; i < 3; i++) versions.push(...(await claim(16)).map(({ version }) => version));
  expect(versions).toEqual([2, 1]);
});

test("the claim reads no table of deliveries from end to end, however many wait", async () => {
  for (let i = 0; i < 20; i++) await webhook(1_000);
  await db.execute("ANALYZE webhook_delivery");
  const plan = await db.query<{ "QUERY PLAN": string }>(`EXPLAIN ${claimText}`, [[], 16, 60_000]);
  const lines = plan.map((line) => line["QUERY PLAN"]).join("\n");
  expect(lines).toContain("webhook_delivery_due");
  expect(lines).not.toContain("Seq Scan on webhook_delivery");
});
