import { setTimeout as sleep } from "node:timers/promises";
import { runInScope } from "../telemetry";
import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../testing";
import { isUniqueViolation, openDatabase, pgErrorCode, type Database } from ".";

const migrations = [
  {
    name: "001_item",
    sql: "CREATE TABLE item (id int PRIMARY KEY, n bigint NOT NULL DEFAULT 0, CONSTRAINT item_positive CHECK (n >= 0))",
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
  host = createTestHost("pg");
  host.clear();
  db = await test.open(host);
});
afterEach(async () => {
  await db.execute("TRUNCATE item");
  await host.close();
});

/** A second pool on the same database, on a host of its own: one host has one check per name. */
const openSecond = async (change: object) => {
  const second = createTestHost("second");
  const opened = await second.own(openDatabase(second, { ...test.config, ...change }, { migrations }));
  return { second, opened };
};

const within = <T>(ms: number, fn: () => Promise<T>) =>
  runInScope({ deadlineAt: Date.now() + ms, fields: {} }, fn);
const reason = (reasonName: string) => expect.objectContaining({ reason: reasonName });

describe("statements", () => {
  it("turn columns into values that cannot lose digits or days", async () => {
    const row = await db.one(
      "SELECT 42::int8 AS i, 1.50::numeric AS n, '2026-02-03'::date AS d, '2026-02-03T10:00:00Z'::timestamptz AS t, '\\x00ff'::bytea AS b, '{\"a\":[1]}'::jsonb AS j, ARRAY[1,2]::int8[] AS ii",
    );
    expect(row).toEqual({
      i: 42,
      n: "1.50",
      d: "2026-02-03",
      t: new Date("2026-02-03T10:00:00Z"),
      b: Buffer.from([0, 255]),
      j: { a: [1] },
      ii: [1, 2],
    });
    await expect(db.one("SELECT 9007199254740993::int8 AS i")).rejects.toThrow("no safe integer");
  });

  it("report rows touched, and refuse to guess which of two rows is meant", async () => {
    expect(await db.execute("INSERT INTO item (id) VALUES (1), (2)")).toBe(2);
    expect(await db.maybeOne("SELECT id FROM item WHERE id = 3")).toBeUndefined();
    await expect(db.one("SELECT id FROM item")).rejects.toThrow("Expected one row, got 2");
    await expect(db.maybeOne("SELECT id FROM item")).rejects.toThrow("at most one");
  });

  it("keep a constraint's name on the error", async () => {
    await db.execute("INSERT INTO item (id) VALUES (1)");
    const error = await db.execute("INSERT INTO item (id) VALUES (1)").catch((e: unknown) => e);
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, "item_pkey")).toBe(true);
    expect(isUniqueViolation(error, "other")).toBe(false);
    expect(pgErrorCode(error)).toBe("23505");
    expect(
      await host.metric("db_client_errors_total", { db: test.name, operation: "INSERT item", class: "23" }),
    ).toBe(1);
  });

  it("with a value that cannot be written fail, alone and in a transaction, and hold nothing up", async () => {
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    await expect(db.query("SELECT $1::jsonb", [circular])).rejects.toThrow("circular");
    const work = db.transaction(async (tx) => {
      await tx.query("SELECT $1::jsonb", [circular]).catch(() => undefined);
      return tx.one("SELECT 1 AS one");
    });
    expect(await work).toEqual({ one: 1 });
    expect(await host.metric("db_client_connections", { state: "used" })).toBe(0);
  });

  it("that fail have a trace to whoever asked", async () => {
    async function whoAsks() {
      await db.query("SELECT nonsense");
    }
    const error = (await whoAsks().catch((each: unknown) => each)) as Error;
    expect(error.stack).toContain("whoAsks");
  });

  it("become a client span and a metric named by operation and table", async () => {
    await db.query("SELECT id FROM item WHERE id = $1", [1]);
    const span = host.spans().find((each) => each.name === "SELECT item");
    expect(span?.attributes).toMatchObject({
      "db.system.name": "postgresql",
      "db.namespace": test.name,
      "db.query.text": "SELECT id FROM item WHERE id = $1",
      "db.response.returned_rows": 0,
    });
    expect(
      await host.metric("db_client_operation_duration_seconds_count", { operation: "SELECT item" }),
    ).toBe(1);
  });

  it("that are slow are logged once per text and minute", async () => {
    const { second, opened } = await openSecond({ slowQueryMs: 1 });
    for (let i = 0; i < 3; i++) await opened.query("SELECT pg_sleep(0.01)");
    await second.close();
    expect(
      second.logs.filter(
        (line) => line.msg === "slow query" && String(line.db_query_text).includes("pg_sleep"),
      ),
    ).toHaveLength(1);
  });
});

describe("a deadline", () => {
  it("cancels the statement on the server and leaves the connection usable", async () => {
    const startedAt = Date.now();
    await expect(within(150, () => db.query("SELECT pg_sleep(5) AS deadline_probe"))).rejects.toEqual(
      reason("DATABASE_DEADLINE"),
    );
    expect(Date.now() - startedAt).toBeLessThan(1_500);
    const running =
      "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%deadline_probe%' AND pid <> pg_backend_pid()";
    expect(await db.query(running)).toEqual([]);
  });

  it("that has passed sends nothing", async () => {
    await expect(within(-1, () => db.query("INSERT INTO item (id) VALUES (1)"))).rejects.toEqual(
      reason("DATABASE_DEADLINE"),
    );
    expect(await db.query("SELECT id FROM item")).toEqual([]);
  });

  it("rolls a transaction back", async () => {
    const work = () =>
      db.transaction(async (tx) => {
        await tx.execute("INSERT INTO item (id) VALUES (1)");
        await tx.query("SELECT pg_sleep(5)");
      });
    await expect(within(150, work)).rejects.toEqual(reason("DATABASE_DEADLINE"));
    expect(await db.query("SELECT id FROM item")).toEqual([]);
  });

  it("bounds the wait for a connection", async () => {
    const { second, opened: small } = await openSecond({ poolSize: 1 });
    const holding = small.query("SELECT pg_sleep(0.5)");
    await expect(within(100, () => small.query("SELECT 1"))).rejects.toEqual(reason("DATABASE_DEADLINE"));
    await holding;
    expect(await small.one("SELECT 1 AS one")).toEqual({ one: 1 });
    await second.close();
  });

  it("of a caller that leaves cancels too", async () => {
    const abort = new AbortController();
    const pending = runInScope({ signal: abort.signal, fields: {} }, () => db.query("SELECT pg_sleep(5)"));
    setTimeout(() => abort.abort(), 100);
    await expect(pending).rejects.toEqual(reason("DATABASE_CANCELLED"));
  });
});

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
      await expect(other).rejects.toEqual(reason("LOCK_TIMEOUT"));
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
