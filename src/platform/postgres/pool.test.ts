import { setTimeout as sleep } from "node:timers/promises";

import type { TestDatabase, TestHost } from "../testing";
import { type Database, openDatabase } from ".";
import { migrations, openSecond, useItemDatabase } from "./testing/item-database";

let test: TestDatabase;
let host: TestHost;
let db: Database;

useItemDatabase((opened) => ({ test, host, db } = opened));

const reason = (reasonName: string) => expect.objectContaining({ reason: reasonName });

describe("the pool", () => {
  it("tells its size, what is used, what is idle, who waits and how long", async () => {
    const { second, opened: small } = await openSecond(test, { poolSize: 1 });
    const holding = small.query("SELECT pg_sleep(0.3)");
    const waiting = [small.query("SELECT 1"), small.query("SELECT 1")];
    await sleep(100);
    const state = async (name: string) =>
      second.metric("db_client_connections", { db: test.name, state: name });
    expect(await second.metric("db_client_connections_max", { db: test.name })).toBe(1);
    expect([await state("used"), await state("idle")]).toEqual([1, 0]);
    expect(await second.metric("db_client_connections_pending_requests", { db: test.name })).toBe(2);
    await Promise.all([holding, ...waiting]);
    expect([await state("used"), await state("idle")]).toEqual([0, 1]);
    const waits = async (le: string) => second.metric("db_client_connections_wait_seconds_bucket", { le });
    // Also whoever waited for a connection to be made, on a busy machine.
    expect((await waits("+Inf")) - (await waits("0.1"))).toBeGreaterThanOrEqual(2);
    await second.close();
  });

  it("whose connections stay taken refuses after the connect timeout", async () => {
    const { second, opened: small } = await openSecond(test, { poolSize: 1, connectTimeoutMs: 200 });
    const holding = small.query("SELECT pg_sleep(0.6)");
    await expect(small.query("SELECT 1")).rejects.toEqual(reason("DATABASE_UNAVAILABLE"));
    expect(await second.metric("db_client_connections_failures_total", { reason: "timeout" })).toBe(1);
    await holding;
    await second.close();
  });
});

describe("a lost connection", () => {
  const killOthers =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

  it("that was lent out fails its transaction as unavailable, and the next one works", async () => {
    const work = db.transaction(async (tx) => {
      await tx.query("SELECT 1");
      await db.query(killOthers);
      await sleep(50);
      await tx.query("SELECT 1");
    });
    await expect(work).rejects.toEqual(reason("DATABASE_UNAVAILABLE"));
    expect(await db.one("SELECT 1 AS one")).toEqual({ one: 1 });
  });

  it("that was known before COMMIT is no doubt about the outcome", async () => {
    const work = db.transaction(async (tx) => {
      await tx.execute("INSERT INTO item (id) VALUES (1)");
      await db.query(killOthers);
      await sleep(50);
    });
    await expect(work).rejects.toEqual(reason("DATABASE_UNAVAILABLE"));
    expect(await db.query("SELECT id FROM item")).toEqual([]);
  });

  it("that was idle is replaced unseen", async () => {
    await Promise.all([db.query("SELECT 1"), db.query("SELECT 1"), db.query("SELECT 1")]);
    await db.query(killOthers);
    await sleep(50);
    expect(await db.one("SELECT 1 AS one")).toEqual({ one: 1 });
  });

  it("to a server that is not there is unavailable, and says what to do at the start", async () => {
    const config = { ...test.config, url: "postgres://a:b@127.0.0.1:1/none", startTimeoutMs: 50 };
    await expect(openDatabase(host, config, { migrations })).rejects.toMatchObject({
      category: "unavailable",
      message: expect.stringContaining("Start PostgreSQL"),
    });
    const missing = { ...test.config, url: test.url.replace(test.name, "no_such_database") };
    await expect(openDatabase(host, missing, { migrations })).rejects.toMatchObject({
      reason: "DATABASE_REFUSED",
      message: expect.stringContaining("must exist"),
    });
  });
});
