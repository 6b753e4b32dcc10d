import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../testing";
import { openDatabase, type Migration } from ".";

const first: Migration = { name: "001_first", sql: "CREATE TABLE first (id int)" };
const second: Migration = {
  name: "002_second",
  sql: "CREATE TABLE second (id int); INSERT INTO second VALUES (1)",
};
let test: TestDatabase;
const hosts: TestHost[] = [];

beforeEach(async () => {
  test = await testDatabase([]);
});
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
  await test.drop();
});

/** Each on a host of its own, as each process has one. */
const open = (migrations: Migration[]) => {
  const host = createTestHost("pg");
  hosts.push(host);
  return openDatabase(host, test.config, { migrations });
};
const names = "SELECT name FROM schema_migration ORDER BY name";

it("steps are applied once, in order, with those that came later", async () => {
  await (await open([first])).close();
  const db = await open([first, second]);
  expect(await db.query(names)).toEqual([{ name: "001_first" }, { name: "002_second" }]);
  expect(await db.query("SELECT id FROM second")).toEqual([{ id: 1 }]);
  await db.close();
});

it("processes that start together apply each step once", async () => {
  const opened = await Promise.all([1, 2, 3, 4].map(() => open([first, second])));
  expect(await opened[0]?.query("SELECT id FROM second")).toEqual([{ id: 1 }]);
  await Promise.all(opened.map((db) => db.close()));
});

it("a step that fails leaves nothing of itself behind", async () => {
  const broken = { name: "002_broken", sql: "CREATE TABLE half (id int); SELECT 1/0" };
  await expect(open([first, broken])).rejects.toThrow("Migration 002_broken failed");
  const db = await open([first]);
  expect(await db.query(names)).toEqual([{ name: "001_first" }]);
  expect(await db.one("SELECT to_regclass('half') AS half")).toEqual({ half: null });
  await db.close();
});

it("a step that was changed after it had been applied stops the start", async () => {
  await (await open([first])).close();
  await expect(open([{ ...first, sql: "CREATE TABLE first (id bigint)" }])).rejects.toMatchObject({
    reason: "MIGRATION_CHANGED",
  });
});

it("a step that only a newer release knows is left alone", async () => {
  await (await open([first, second])).close();
  await (await open([first])).close();
});

it("a name listed twice is refused", async () => {
  await expect(open([first, first])).rejects.toThrow("listed twice");
});
