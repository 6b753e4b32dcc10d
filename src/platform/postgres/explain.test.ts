import { setTimeout as sleep } from "node:timers/promises";
import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../testing";
import { openDatabase, type Database } from ".";

const migrations = [
  {
    name: "001_item",
    sql: `CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL DEFAULT '');
      CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'INSERT INTO item (id) VALUES (99) RETURNING id'`,
  },
];
let test: TestDatabase;
let host: TestHost;
let db: Database;

beforeAll(async () => {
  test = await testDatabase(migrations);
});
afterAll(() => test.drop());
beforeEach(async () => {
  host = createTestHost("explain");
  const config = { ...test.config, slowQueryMs: 5, explainSlow: true, poolSize: 1 };
  db = await host.own(openDatabase(host, config, { migrations }));
  host.clear();
});

/** What was logged of the statements of a test; on a busy machine others are slow as well. */
const linesOf = (msg: string) =>
  host.logs.filter((line) => line.msg === msg && String(line["db_query_text"]).includes("pg_sleep"));

/** Runs statements and gives the plans that were logged when all is over. */
async function plansOf(...statements: [text: string, values?: unknown[]][]): Promise<string[]> {
  for (const [text, values] of statements) await db.query(text, values);
  await host.close();
  return linesOf("plan of a slow query").map((line) => String(line["plan"]));
}

it("the plan of a slow statement with parameters follows its line, once, and has no values", async () => {
  const text = "SELECT name, pg_sleep(0.02) FROM item WHERE id = $1 AND name <> 'secret\nlines'";
  await db.execute("INSERT INTO item (id, name) VALUES (1, 'x') ON CONFLICT DO NOTHING");
  const plans = await plansOf([text, [1]], [text, [1]]);
  expect(plans).toHaveLength(1);
  expect(plans[0]).toMatch(/Index Scan using item_pkey on item {2}\(cost=[\d.]+ rows=1 width=\d+\)\n/);
  expect(plans[0]).toContain("Index Cond: (id = $1)");
  expect(plans[0]).not.toMatch(/secret|lines/);
  expect(linesOf("slow query").map((line) => line["db_query_summary"])).toEqual(["SELECT item"]);
});

it("a caller does not wait for the plan, nor does the next one for its connection", async () => {
  await db.query("SELECT pg_sleep(0.01)");
  // The pool has one connection: a plan fetched on it would stand in the way here.
  const startedAt = performance.now();
  await db.query("SELECT 1");
  expect(performance.now() - startedAt).toBeLessThan(200);
  await host.close();
});

it("nothing but a single SELECT that reads is explained, and nothing is run by it", async () => {
  const plans = await plansOf(
    ["INSERT INTO item (id) SELECT 2 FROM pg_sleep(0.02)"],
    ["WITH gone AS (DELETE FROM item RETURNING id) SELECT pg_sleep(0.02), id FROM gone"],
    ["SELECT pg_sleep(0.02); SELECT 1"],
    ["SELECT pg_sleep(0.02)::text AS slept, id INTO copied FROM item"],
    ["SELECT pg_sleep(0.02), writes()"],
  );
  expect(plans).toHaveLength(1);
  expect(plans[0]).toMatch(/^Result/);
  const after = createTestHost("after");
  const opened = await test.open(after);
  // The statement itself called it once; had EXPLAIN run it, the second INSERT would have failed or left another row.
  expect(await opened.query("SELECT id FROM item")).toEqual([{ id: 99 }]);
  await after.close();
});

it("a table that is locked delays nobody: there is no plan, and that is said", async () => {
  const other = createTestHost("locks");
  const second = await test.open(other);
  const startedAt = performance.now();
  const slow = db.query("SELECT pg_sleep(0.3) FROM (SELECT count(*) FROM item) AS counted");
  await sleep(100);
  // Gets its lock when the slow statement ends, before the plan is asked for.
  const locking = second.transaction(async (tx) => {
    await tx.execute("LOCK TABLE item IN ACCESS EXCLUSIVE MODE");
    await sleep(2_000);
  });
  await slow;
  expect(performance.now() - startedAt).toBeLessThan(900);
  await host.close();
  expect(linesOf("no plan of a slow query")[0]?.["reason"]).toContain("lock timeout");
  await locking;
  await other.close();
});
