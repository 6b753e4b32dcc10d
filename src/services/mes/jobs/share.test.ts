import { randomUUID } from "node:crypto";
import type { Database } from "../../../platform/postgres";
import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../../../platform/testing";
import { mesMigrations } from "../store/migrations";
import {
  anyWaitingText,
  claimText,
  type ClaimedJob,
  createJobQueue,
  hopelessText,
  type JobQueue,
  nextOfAll,
  nextOfCustomers,
  partnersRunning,
} from "./queue";

let database: TestDatabase;
let host: TestHost;
let db: Database;
let queue: JobQueue;

beforeAll(async () => {
  database = await testDatabase(mesMigrations);
  host = createTestHost("mes");
  db = await database.open(host);
  queue = createJobQueue(db, { leaseMs: 60_000, maxTries: 3, customerSharePercent: 25 });
});
afterAll(async () => {
  await host?.close();
  await database?.drop();
});
beforeEach(async () => {
  await db.execute("DELETE FROM pricing_job");
  await db.execute("DELETE FROM pricing_worker");
});

type Kind = "PARTNER" | "CUSTOMER";

/** Queues so many jobs of one owner. */
async function add(count: number, kind: Kind, owner: string = randomUUID()): Promise<void> {
  await db.execute(
    `INSERT INTO pricing_job (model_sha256, format, unit, material, finish, price_book_version, model_size_bytes, trace, owner_id, owner_kind, turn)
     SELECT gen_random_uuid()::text, 'STL', 'MILLIMETER', 'PLA', 'RAW', 1, 684, '{}', $2, $3, n FROM generate_series(1, $1) n`,
    [count, owner, kind],
  );
}
/** Claims until nothing is given any more, `most` times at the most. */
async function claim(most: number): Promise<ClaimedJob[]> {
  const claimed = [];
  for (let i = 0; i < most; i++) {
    const job = await queue.claim("worker");
    if (!job) break;
    claimed.push(job);
  }
  return claimed;
}
async function running(kind: Kind): Promise<number> {
  const { count } = await db.one<{ count: number }>(
    "SELECT count(*) FROM pricing_job WHERE state = 'running' AND owner_kind = $1",
    [kind],
  );
  return count;
}

test("partners' jobs never take the share of the slots that is kept for customers", async () => {
  await queue.connected("a", 6);
  await queue.connected("b", 2);
  await add(20, "PARTNER");
  expect(await claim(20)).toHaveLength(6);
  await add(4, "CUSTOMER");
  expect(await claim(20)).toHaveLength(4);
  expect([await running("PARTNER"), await running("CUSTOMER")]).toEqual([6, 4]);
});

test("a partner's job that ends makes room for the next, and customers may take all slots", async () => {
  await queue.connected("a", 4);
  await add(20, "PARTNER");
  const [first] = await claim(20);
  expect(await running("PARTNER")).toBe(3);
  await queue.giveBack(first?.job_id ?? "", BigInt(first?.fence ?? 0));
  expect(await claim(20)).toHaveLength(1);
  await db.execute("DELETE FROM pricing_job");
  await add(20, "CUSTOMER");
  expect(await claim(4)).toHaveLength(4);
});

test("one slot is always the partners', and with no share kept all are", async () => {
  await queue.connected("a", 1);
  await add(3, "PARTNER");
  expect(await claim(3)).toHaveLength(1);
  const open = createJobQueue(db, { leaseMs: 60_000, maxTries: 3, customerSharePercent: 0 });
  expect(await open.claim("worker")).toBeDefined();
});

test("slots of workers that are gone or silent do not count", async () => {
  await queue.connected("a", 4);
  await queue.connected("silent", 40);
  await queue.connected("gone", 40);
  await queue.gone("gone");
  await db.execute(
    "UPDATE pricing_worker SET seen_at = now() - interval '10 minutes' WHERE worker_id = 'silent'",
  );
  await add(20, "PARTNER");
  expect(await claim(20)).toHaveLength(3);
});

test("claims at once take no more than the partners' share", async () => {
  await queue.connected("a", 8);
  await add(20, "PARTNER");
  const claimed = await Promise.all(Array.from({ length: 16 }, (_, i) => queue.claim(`worker-${i}`)));
  expect(claimed.filter((job) => job !== undefined)).toHaveLength(6);
});

test("a partner's lapsed lease is taken over although their share is used up", async () => {
  await queue.connected("a", 4);
  await add(20, "PARTNER");
  const [first] = await claim(20);
  await db.execute("UPDATE pricing_job SET lease_until = now() - interval '1 second' WHERE job_id = $1", [
    first?.job_id,
  ]);
  expect(await queue.claim("b")).toMatchObject({ job_id: first?.job_id });
});

test("with 20,000 jobs queued and as many done no statement of a claim reads the table from end to end", async () => {
  await add(10_000, "PARTNER", "partner");
  await add(10_000, "CUSTOMER", "customer");
  await db.execute(
    `INSERT INTO pricing_job (model_sha256, format, unit, material, finish, price_book_version, model_size_bytes, trace, state, finished_at)
     SELECT gen_random_uuid()::text, 'STL', 'MILLIMETER', 'PLA', 'RAW', 1, 684, '{}', 'done', now() FROM generate_series(1, 20000)`,
  );
  await queue.connected("a", 8);
  await claim(6);
  await db.execute("ANALYZE pricing_job");
  const statements: [string, unknown[]][] = [
    [anyWaitingText(), []],
    [nextOfAll, []],
    [nextOfCustomers, []],
    [partnersRunning, []],
    [claimText(15_000, true), ["worker", 4]],
    [claimText(15_000, false), ["worker", 4]],
    [hopelessText, [4, "{}"]],
  ];
  for (const [text, values] of statements) {
    const plan = await db.query<{ "QUERY PLAN": string }>(`EXPLAIN ${text}`, values);
    const lines = plan.map((line) => line["QUERY PLAN"]).join("\n");
    expect(lines).toMatch(/Index(?: Only)? Scan/);
    expect(lines).not.toContain("Seq Scan on pricing_job");
    expect(lines).not.toContain("Sort");
  }
}, 120_000);
