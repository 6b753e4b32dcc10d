import { randomUUID } from "node:crypto";
import { Holder } from "../gen/alexandrite/order/v1/order";
import { holderOf, lifecycle, shortHolder, shortStatus, statuses } from "../order";
import type { Database, Queryable } from "../platform/postgres";
import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../platform/testing";
import { batonMigrations } from "./migrations";

type Event = { orderId: string; version: number; status: string; source: string; origin: string };

const hosts: TestHost[] = [];
const databases: TestDatabase[] = [];
const dbs: Record<string, Database> = {};
beforeAll(async () => {
  for (const self of [Holder.HOLDER_MES, Holder.HOLDER_CRM]) {
    const host = createTestHost("trigger");
    const database = await testDatabase(batonMigrations(self));
    hosts.push(host);
    databases.push(database);
    dbs[shortHolder(self)] = await database.open(host);
  }
});
afterAll(async () => {
  for (const host of hosts) await host.close();
  for (const database of databases) await database.drop();
});

/** As from psql: plain statements, none of our code. */
function storeEvent(db: Queryable, { orderId, version, status, source, origin }: Event): Promise<number> {
  return db.execute(
    `INSERT INTO order_event (order_id, version, event_id, status, source, origin, value, headers, occurred_at)
     VALUES ($1, $2, gen_random_uuid(), $3, $4, $5, '', '{}', now())`,
    [orderId, version, status, source, origin],
  );
}

function setRow(db: Queryable, { orderId, version, status }: Event): Promise<number> {
  return version === 1
    ? db.execute(
        `INSERT INTO orders (order_id, version, status, owner_id, material, operator_id, snapshot, created_at, updated_at)
         VALUES ($1, 1, $2, '', '', '', '{}', now(), now())`,
        [orderId, status],
      )
    : db.execute("UPDATE orders SET version = $2, status = $3 WHERE order_id = $1", [
        orderId,
        version,
        status,
      ]);
}

function move(db: Database, event: Event): Promise<void> {
  return db.transaction(async (tx) => {
    await storeEvent(tx, event);
    await setRow(tx, event);
  });
}

/** An order of MES's database that has gone the legal way to `status`; its last version. */
async function orderIn(status: string): Promise<{ orderId: string; version: number }> {
  const orderId = randomUUID();
  const way = wayTo(status);
  for (const [index, step] of way.entries()) {
    const source = index === 0 ? "MES" : shortHolder(holderOf(statusNamed(way[index - 1]!))!);
    const origin = source === "MES" ? "local" : "applied";
    await move(dbs["MES"]!, { orderId, version: index + 1, status: step, source, origin });
  }
  return { orderId, version: way.length };
}

const statusNamed = (name: string) => statuses.find((each) => shortStatus(each) === name)!;

/** The shortest way through the table. */
function wayTo(status: string): string[] {
  const ways: string[][] = [["CREATED"]];
  for (const way of ways) {
    const last = way.at(-1)!;
    if (last === status) return way;
    for (const next of lifecycle[statusNamed(last)].next)
      if (!way.includes(shortStatus(next))) ways.push([...way, shortStatus(next)]);
  }
  throw new Error(`No way leads to ${status}.`);
}

const names = statuses.map(shortStatus);
const refused = { code: "23514" };

test("of all pairs of statuses the database lets exactly those of the table pass", async () => {
  const passed: string[] = [];
  for (const from of names) {
    for (const to of names) {
      const { orderId, version } = await orderIn(from);
      const holder = holderOf(statusNamed(from));
      const source = holder === undefined ? "MES" : shortHolder(holder);
      const origin = source === "MES" ? "local" : "applied";
      await move(dbs["MES"]!, { orderId, version: version + 1, status: to, source, origin }).then(
        () => passed.push(`${from} ${to}`),
        (error: unknown) => expect(error).toMatchObject(refused),
      );
    }
  }
  const table = statuses.flatMap((from) =>
    lifecycle[from].next.map((to) => `${shortStatus(from)} ${shortStatus(to)}`),
  );
  expect(passed.sort()).toEqual(table.sort());
});

test("a status or a version that is changed without an event is refused", async () => {
  const { orderId } = await orderIn("CREATED");
  const db = dbs["MES"]!;
  for (const change of [
    "status = 'CANCELLED'",
    "version = 2",
    "status = 'CANCELLED', version = 2",
    "version = 0",
    "snapshot = '{\"forged\": true}'",
    "order_id = gen_random_uuid()",
  ]) {
    await expect(
      db.execute(`UPDATE orders SET ${change} WHERE order_id = $1`, [orderId]),
    ).rejects.toMatchObject(refused);
  }
  expect(await db.execute("UPDATE orders SET status = status WHERE order_id = $1", [orderId])).toBe(1);
});

test("an event comes with its move or not at all, so none can be kept for later", async () => {
  const { orderId } = await orderIn("CREATED");
  const db = dbs["MES"]!;
  const event = { orderId, version: 2, status: "CANCELLED", source: "MES", origin: "local" };
  await expect(storeEvent(db, event)).rejects.toMatchObject(refused);
  await move(db, event);
  await expect(
    db.execute("UPDATE orders SET status = 'CREATED', version = 1 WHERE order_id = $1", [orderId]),
  ).rejects.toMatchObject(refused);
});

test("which transaction an event is of is for the database to say", async () => {
  const orderId = randomUUID();
  const first = { orderId, version: 1, status: "CREATED", source: "MES", origin: "local" };
  const own = await dbs["MES"]!.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO order_event (order_id, version, event_id, status, source, origin, value, headers, occurred_at, made_by_transaction)
       VALUES ($1, 1, gen_random_uuid(), 'CREATED', 'MES', 'local', '', '{}', now(), '4')`,
      [orderId],
    );
    await setRow(tx, first);
    return tx.one<{ own: boolean }>(
      "SELECT made_by_transaction = pg_current_xact_id() AS own FROM order_event WHERE order_id = $1",
      [orderId],
    );
  });
  expect(own).toEqual({ own: true });
});

test.each([
  ["a local move of what another service holds", "PRICED", "CONFIRMED", "MES", "local"],
  ["an applied move of what this service holds", "CREATED", "CANCELLED", "MES", "applied"],
  ["an applied move by another service than the holder", "PRICED", "CONFIRMED", "SHOP", "applied"],
  ["another service's move of what this service holds", "CREATED", "CANCELLED", "CRM", "applied"],
  ["another service's move marked local", "PRICED", "CONFIRMED", "CRM", "local"],
  ["an event of another status", "CREATED", "CANCELLED", "MES", "local", "MODEL_UPLOADED"],
])("%s is refused", async (_, from, to, source, origin, told = to) => {
  const { orderId, version } = await orderIn(from);
  const event = { orderId, version: version + 1, status: to, source, origin };
  await expect(
    dbs["MES"]!.transaction(async (tx) => {
      await storeEvent(tx, { ...event, status: told });
      await setRow(tx, event);
    }),
  ).rejects.toMatchObject(refused);
});

test("an order begins at version 1 and CREATED, by MES: moved there in its own database, applied elsewhere", async () => {
  const first = { version: 1, status: "CREATED", source: "MES" };
  const orderId = randomUUID();
  await move(dbs["MES"]!, { ...first, orderId, origin: "local" });
  await move(dbs["CRM"]!, { ...first, orderId, origin: "applied" });
  for (const wrong of [
    { ...first, origin: "local" },
    { ...first, origin: "applied", source: "CRM" },
    { ...first, origin: "local", source: "CRM" },
    { ...first, origin: "applied", source: "SHOP" },
    { ...first, origin: "applied", status: "PAID" },
  ]) {
    await expect(move(dbs["CRM"]!, { ...wrong, orderId: randomUUID() })).rejects.toMatchObject(refused);
  }
  const late = { ...first, orderId: randomUUID(), origin: "applied" };
  await expect(
    dbs["CRM"]!.transaction(async (tx) => {
      await storeEvent(tx, { ...late, version: 2 });
      await tx.execute(
        `INSERT INTO orders (order_id, version, status, owner_id, material, operator_id, snapshot, created_at, updated_at)
         VALUES ($1, 2, 'CREATED', '', '', '', '{}', now(), now())`,
        [late.orderId],
      );
    }),
  ).rejects.toMatchObject(refused);
});

test("orders and events are neither deleted nor emptied, and events never change", async () => {
  const db = dbs["MES"]!;
  await orderIn("CREATED");
  for (const statement of [
    "DELETE FROM orders",
    "TRUNCATE orders",
    "DELETE FROM order_event",
    "TRUNCATE order_event",
    "UPDATE order_event SET value = 'x'",
  ]) {
    await expect(db.execute(statement)).rejects.toMatchObject(refused);
  }
});

test("the rules may be rendered again over an older rendering", async () => {
  const db = dbs["MES"]!;
  const rules = batonMigrations(Holder.HOLDER_MES).at(-1)!;
  expect(rules.name).toMatch(/^baton_rules_[0-9a-f]{12}$/);
  await db.execute(rules.sql);
  const { orderId } = await orderIn("CREATED");
  await expect(
    db.execute("UPDATE orders SET status = 'PAID', version = 2 WHERE order_id = $1", [orderId]),
  ).rejects.toMatchObject(refused);
});
