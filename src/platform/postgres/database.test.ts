import {
  context,
  currentTraceId,
  ROOT_CONTEXT,
  runInScope,
  SpanKind,
  SpanStatusCode,
  trace,
  withSpan,
} from "../telemetry";
import type { TestDatabase, TestHost } from "../testing";
import { type Database, isUniqueViolation, pgErrorCode } from ".";
import { openSecond, useItemDatabase } from "./testing/item-database";

let test: TestDatabase;
let host: TestHost;
let db: Database;

useItemDatabase((opened) => ({ test, host, db } = opened));

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
    await db.execute("INSERT INTO item (id) VALUES (1)");
    await db.query("SELECT id FROM item WHERE id = $1 AND n = 0 AND 'secret' <> ''", [1]);
    const span = host.spans().find((each) => each.name === "SELECT item");
    expect(span?.kind).toBe(SpanKind.CLIENT);
    expect(span?.attributes).toEqual({
      "db.system.name": "postgresql",
      "db.namespace": test.name,
      "db.operation.name": "SELECT",
      "db.query.summary": "SELECT item",
      "db.query.text": "SELECT id FROM item WHERE id = $1 AND n = ? AND ? <> ?",
      "db.response.returned_rows": 1,
      "metric.exemplar": true,
      "server.address": new URL(test.url).hostname,
      "server.port": Number(new URL(test.url).port),
    });
    const labels = { db: test.name, operation: "SELECT item" };
    expect(await host.metric("db_client_operation_duration_seconds_count", labels)).toBe(1);
    const traceId = span?.spanContext().traceId;
    expect(await host.metricsText()).toContain(`operation="SELECT item",le="+Inf"} 1`);
    expect(await host.metricsText()).toMatch(
      new RegExp(`operation="SELECT item",le="[0-9.]+"} 1 # {trace_id="${traceId}"}`),
    );
  });

  it("that fail tell span and metric the SQLSTATE, and no value goes with it", async () => {
    await expect(db.query("SELECT * FROM item WHERE n = 1/0")).rejects.toThrow("division by zero");
    const span = host.spans().find((each) => each.name === "SELECT item");
    expect(span?.status.code).toBe(SpanStatusCode.ERROR);
    expect(span?.attributes).toMatchObject({
      "db.response.status_code": "22012",
      "error.type": "22012",
      "db.query.text": "SELECT * FROM item WHERE n = ?/?",
    });
    const labels = { db: test.name, operation: "SELECT item", class: "22" };
    expect(await host.metric("db_client_errors_total", labels)).toBe(1);
    expect(
      await host.metric("db_client_operation_duration_seconds_count", { operation: "SELECT item" }),
    ).toBe(1);
  });

  it("below a span that is not recorded make none", async () => {
    const parent = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      traceFlags: 0,
    };
    await context.with(trace.setSpanContext(ROOT_CONTEXT, parent), () => db.query("SELECT id FROM item"));
    expect(host.spans().map((span) => span.name)).not.toContain("SELECT item");
    expect(
      await host.metric("db_client_operation_duration_seconds_count", { operation: "SELECT item" }),
    ).toBe(1);
  });

  it("of ever new tables share the operation `other` beyond a bound", async () => {
    for (let i = 0; i < 250; i++) await db.query(`WITH t${i} AS (SELECT 1) SELECT * FROM t${i}`);
    const text = await host.metricsText();
    const operations = text.match(/db_client_operation_duration_seconds_count{/g)?.length ?? 0;
    expect(operations).toBeLessThanOrEqual(201);
    const other = { db: test.name, operation: "other" };
    expect(await host.metric("db_client_operation_duration_seconds_count", other)).toBeGreaterThan(50);
  });

  it("follow a table whose columns change", async () => {
    const all = "SELECT * FROM changing";
    await db.execute("CREATE TABLE changing (a int)");
    await db.execute("INSERT INTO changing VALUES (1)");
    expect([await db.query(all), await db.query(all)]).toEqual([[{ a: 1 }], [{ a: 1 }]]);
    await db.execute("ALTER TABLE changing ALTER a TYPE text");
    expect(await db.query(all)).toEqual([{ a: "1" }]);
    await db.execute("ALTER TABLE changing ADD b int DEFAULT 2");
    expect(await db.query(all)).toEqual([{ a: "1", b: 2 }]);
    await db.execute("DROP TABLE changing");
  });

  it("that are slow are logged once per shape and minute", async () => {
    const { second, opened } = await openSecond(test, { slowQueryMs: 5 });
    const sleeps = async () => {
      for (const ms of [11, 12, 13]) await opened.query(`SELECT pg_sleep(0.0${ms})`);
      return currentTraceId();
    };
    const traceId = await withSpan("asking", {}, sleeps);
    await opened.query("SELECT id, pg_sleep(0.02) FROM (VALUES (1)) AS t (id) WHERE id IN ($1, $2)", [1, 2]);
    await opened.query("SELECT id, pg_sleep(0.02) FROM (VALUES (1)) AS t (id) WHERE id IN ($1)", [1]);
    // Each is counted.
    const slow = { db: opened.name, operation: "SELECT" };
    expect(await second.metric("slow_queries_total", slow)).toBeGreaterThanOrEqual(3);
    await second.close();
    const lines = second.logs.filter(
      (line) => line.msg === "slow query" && String(line["db_query_text"]).includes("pg_sleep"),
    );
    expect(lines.map((line) => line["db_query_text"])).toEqual([
      "SELECT pg_sleep(?)",
      "SELECT id, pg_sleep(?) FROM (VALUES (?)) AS t (id) WHERE id IN ($1, $2)",
    ]);
    expect(lines[0]?.["seconds"]).toBeGreaterThan(0.005);
    expect(lines[0]?.["trace_id"]).toBe(traceId);
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

  it("is the server's timeout too within a transaction, and never lengthens the configured one", async () => {
    const timeout = () => db.transaction((tx) => tx.one("SHOW statement_timeout"));
    const { statement_timeout: short } = (await within(3_000, timeout)) as { statement_timeout: string };
    expect(Number.parseInt(short)).toBeLessThanOrEqual(3_000);
    expect(short).toMatch(/ms$|^3s$/);
    expect(await within(60_000, timeout)).toEqual({ statement_timeout: "10s" });
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
    const { second, opened: small } = await openSecond(test, { poolSize: 1 });
    const holding = small.query("SELECT pg_sleep(0.5)");
    await expect(within(100, () => small.query("SELECT 1"))).rejects.toEqual(reason("DATABASE_DEADLINE"));
    const failed = { operation: "SELECT", class: "deadline" };
    expect(await second.metric("db_client_errors_total", failed)).toBe(1);
    expect(await second.metric("db_client_connections_failures_total", { reason: "cancelled" })).toBe(1);
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
