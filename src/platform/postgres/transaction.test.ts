import { setTimeout as sleep } from "node:timers/promises";
import type { TestDatabase, TestHost } from "../testing";
import type { Database } from ".";
import { useItemDatabase } from "./testing/item-database";

let test: TestDatabase;
let host: TestHost;
let db: Database;

useItemDatabase((opened) => ({ test, host, db } = opened));

describe("a transaction", () => {
  it("runs hooks after commit only", async () => {
    const calls: string[] = [];
    await db.transaction(async (tx) => {
      tx.onCommit(() => calls.push("committed"));
      await tx.execute("INSERT INTO item (id) VALUES (1)");
      expect(calls).toEqual([]);
    });
    const failing = db.transaction(async (tx) => {
      tx.onCommit(() => calls.push("rolled back"));
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(calls).toEqual(["committed"]);
  });

  it("is repeated on a serialization failure, and calls the hooks of the last attempt only", async () => {
    await db.execute("INSERT INTO item (id, n) VALUES (1, 0)");
    let hooks = 0;
    const add = () =>
      db.transaction(
        async (tx) => {
          tx.onCommit(() => hooks++);
          const { n } = await tx.one<{ n: number }>("SELECT n FROM item WHERE id = 1");
          await sleep(20);
          await tx.execute("UPDATE item SET n = $1 WHERE id = 1", [n + 1]);
        },
        { isolation: "serializable" },
      );
    await Promise.all([add(), add(), add()]);
    expect(await db.one("SELECT n FROM item WHERE id = 1")).toEqual({ n: 3 });
    expect(hooks).toBe(3);
    expect(await host.metric("db_client_transactions_total", { outcome: "retried" })).toBeGreaterThan(0);
  });

  it("is repeated on a deadlock", async () => {
    await db.execute("INSERT INTO item (id) VALUES (1), (2)");
    const lock = (first: number, second: number) =>
      db.transaction(async (tx) => {
        await tx.execute("UPDATE item SET n = n + 1 WHERE id = $1", [first]);
        await sleep(100);
        await tx.execute("UPDATE item SET n = n + 1 WHERE id = $1", [second]);
      });
    await Promise.all([lock(1, 2), lock(2, 1)]);
    expect(await db.query("SELECT n FROM item ORDER BY id")).toEqual([{ n: 2 }, { n: 2 }]);
  });

  it("that conflicts each time is given up after five attempts, each of them rolled back", async () => {
    let attempts = 0;
    const work = db.transaction(async (tx) => {
      attempts++;
      await tx.execute("INSERT INTO item (id) VALUES (1)");
      await tx.execute("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$");
    });
    await expect(work).rejects.toMatchObject({ category: "aborted", reason: "CONFLICT" });
    expect(attempts).toBe(5);
    expect(await db.query("SELECT id FROM item")).toEqual([]);
    const events = host.spans().find((span) => span.name.startsWith("TRANSACTION"))?.events ?? [];
    expect(events.filter((event) => event.name === "retry")).toHaveLength(4);
  });

  it("that fails otherwise is not repeated", async () => {
    let attempts = 0;
    const work = db.transaction(async (tx) => {
      attempts++;
      await tx.execute("INSERT INTO item (id, n) VALUES (1, -1)");
    });
    await expect(work).rejects.toThrow("item_positive");
    expect(attempts).toBe(1);
  });

  it("whose failed statement was swallowed does not pass for committed", async () => {
    const swallowing = db.transaction(async (tx) => {
      await tx.execute("INSERT INTO item (id) VALUES (1)");
      await tx.execute("SELECT 1/0").catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow("was rolled back");
    expect(await db.query("SELECT id FROM item")).toEqual([]);
  });

  it("gives up a lock that is not to be had", async () => {
    await db.execute("INSERT INTO item (id) VALUES (1)");
    await db.transaction(async (tx) => {
      await tx.execute("UPDATE item SET n = 1 WHERE id = 1");
      const other = db.transaction((tx2) => tx2.execute("UPDATE item SET n = 2 WHERE id = 1"), {
        lockTimeoutMs: 50,
      });
      await expect(other).rejects.toEqual(expect.objectContaining({ reason: "LOCK_TIMEOUT" }));
    });
  });

  it("runs statements that were started together one after another", async () => {
    const got = await db.transaction((tx) =>
      Promise.all([1, 2, 3].map((n) => tx.one("SELECT $1::int AS n", [n]))),
    );
    expect(got).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it("has one span around BEGIN, its statements and COMMIT", async () => {
    await db.transaction((tx) => tx.query("SELECT id FROM item"));
    const outer = host.spans().find((span) => span.name === `TRANSACTION ${test.name}`);
    const inner = host
      .spans()
      .filter((span) => span.parentSpanContext?.spanId === outer?.spanContext().spanId);
    expect(inner.map((span) => span.name)).toEqual(["BEGIN", "SELECT item", "COMMIT"]);
  });
});
