import { connect, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { runInScope } from "../telemetry";
import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../testing";
import { openDatabase, type Database } from ".";

const migrations = [{ name: "001_item", sql: "CREATE TABLE item (id int PRIMARY KEY)" }];

/** Stands between the pool and the server, and freezes or cuts what goes through. */
class Gate {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #frozen = false;
  /** Answers ROLLBACK itself, with an error; the server does not hear of it. */
  refuseRollback = false;

  constructor(target: URL) {
    this.#server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        if (this.#frozen) from.pause();
        from.on("data", (chunk: Buffer) => {
          if (this.refuseRollback && from === near && chunk.includes("ROLLBACK")) near.write(refusal);
          else to.write(chunk);
        });
        from.on("error", () => to.destroy());
        from.on("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        if (this.#frozen) from.pause();
      }
    }).listen(0, "127.0.0.1");
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  freeze(): void {
    this.#frozen = true;
    for (const socket of this.#sockets) socket.pause();
  }
  thaw(): void {
    this.#frozen = false;
    for (const socket of this.#sockets) socket.resume();
  }
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** ErrorResponse, then ReadyForQuery within a transaction. */
const refusal = (() => {
  const fields = Buffer.from("SERROR\0CXX000\0Mrefused\0\0");
  const error = Buffer.alloc(5);
  error.write("E");
  error.writeInt32BE(4 + fields.length, 1);
  return Buffer.concat([error, fields, Buffer.from([0x5a, 0, 0, 0, 5, 0x54])]);
})();

let test: TestDatabase;
let gate: Gate;
let host: TestHost;
let db: Database;

beforeAll(async () => {
  test = await testDatabase(migrations);
});
afterAll(() => test.drop());
beforeEach(async () => {
  gate = new Gate(new URL(test.url));
  await sleep(20);
  host = createTestHost("outage");
  const url = test.url.replace(/:\d+\//, `:${gate.port}/`);
  db = await host.own(
    openDatabase(
      host,
      { ...test.config, url, statementTimeoutMs: 500, connectTimeoutMs: 1_000, poolSize: 2 },
      { migrations },
    ),
  );
});
afterEach(async () => {
  await host.close();
  await gate.close();
});

const seconds = async (fn: () => Promise<unknown>) => {
  const startedAt = Date.now();
  await fn();
  return (Date.now() - startedAt) / 1_000;
};

it("a frozen server holds nobody up for long, and is used again when it thaws", async () => {
  await db.query("SELECT 1");
  gate.freeze();
  expect(
    await seconds(async () => {
      const call = runInScope({ deadlineAt: Date.now() + 200, fields: {} }, () => db.query("SELECT 1"));
      await expect(call).rejects.toMatchObject({ category: "deadline_exceeded" });
    }),
  ).toBeLessThan(2);
  expect(
    await seconds(() => expect(db.query("SELECT 1")).rejects.toMatchObject({ category: "unavailable" })),
  ).toBeLessThan(3);
  gate.thaw();
  expect(await db.one("SELECT 1 AS one")).toEqual({ one: 1 });
}, 20_000);

it("a transaction whose server freezes fails, and its connection is not lent again", async () => {
  const work = db.transaction(async (tx) => {
    await tx.execute("INSERT INTO item VALUES (1)");
    gate.freeze();
    await tx.query("SELECT 1");
  });
  await expect(work).rejects.toMatchObject({ category: "deadline_exceeded" });
  gate.thaw();
  await sleep(100);
  expect(await db.query("SELECT id FROM item")).toEqual([]);
}, 20_000);

it("a connection that breaks during COMMIT leaves the outcome unknown, and that is said, not retried", async () => {
  let attempts = 0;
  const work = db.transaction(async (tx) => {
    attempts++;
    await tx.execute("INSERT INTO item VALUES (2)");
    setImmediate(() => setImmediate(() => gate.cut()));
    gate.freeze();
  });
  await expect(work).rejects.toMatchObject({ category: "unavailable", reason: "COMMIT_UNKNOWN" });
  expect(attempts).toBe(1);
  expect(await host.metric("db_client_transactions_total", { outcome: "unknown" })).toBe(1);
  gate.thaw();
}, 20_000);

it("a connection whose ROLLBACK failed is not lent again, with the transaction that is still open on it", async () => {
  let pid = 0;
  const work = db.transaction(async (tx) => {
    ({ pid } = await tx.one<{ pid: number }>("SELECT pg_backend_pid() AS pid"));
    await tx.execute("INSERT INTO item VALUES (3)");
    gate.refuseRollback = true;
    throw new Error("the caller's own");
  });
  await expect(work).rejects.toThrow("the caller's own");
  gate.refuseRollback = false;
  const later = await Promise.all([1, 2].map(() => db.one("SELECT pg_backend_pid() AS pid, pg_sleep(0.1)")));
  expect(later.map((row) => row["pid"])).not.toContain(pid);
  expect(await db.query("SELECT id FROM item WHERE id = 3")).toEqual([]);
});

it("the process lives through cuts of idle and of used connections", async () => {
  for (let time = 0; time < 5; time++) {
    const used = db.query("SELECT pg_sleep(0.2)").catch((error: unknown) => error);
    await db.query("SELECT 1");
    gate.cut();
    expect(await used).toMatchObject({ category: "unavailable" });
    // The other end of a connection takes a moment to see that it is gone.
    await sleep(50);
  }
  expect(await db.one("SELECT 1 AS one")).toEqual({ one: 1 });
});
