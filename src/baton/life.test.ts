import { OrderStatus, Price } from "../gen/alexandrite/order/v1/order";
import { until } from "../platform/testing";
import { type Name, names, World } from "./testing/world";

const S = OrderStatus;
const tomorrow = () => new Date(Date.now() + 86_400_000);
const price = () => ({
  price: Price.fromPartial({ totalMinor: 100n, currency: "RUB", massGrams: 0.1, validUntil: tomorrow() }),
});

/** From CREATED on: who moves it where. */
const life: readonly [Name, OrderStatus][] = [
  ["MES", S.ORDER_STATUS_MODEL_UPLOADED],
  ["MES", S.ORDER_STATUS_PRICED],
  ["CRM", S.ORDER_STATUS_CONFIRMED],
  ["SHOP", S.ORDER_STATUS_PAID],
  ["MES", S.ORDER_STATUS_IN_PRODUCTION],
  ["MES", S.ORDER_STATUS_MANUFACTURED],
  ["MES", S.ORDER_STATUS_PACKED],
  ["MES", S.ORDER_STATUS_SHIPPED],
  ["CRM", S.ORDER_STATUS_DELIVERED],
];

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

/** An order that is PRICED everywhere, at version 3. */
async function priced(): Promise<string> {
  const { orderId } = await world.create();
  const { MES } = world.services;
  await MES.move(orderId, S.ORDER_STATUS_MODEL_UPLOADED);
  await MES.move(orderId, S.ORDER_STATUS_PRICED, { change: price });
  await world.level(orderId, 3);
  return orderId;
}

async function letters(name: Name, orderId: string) {
  return world.services[name].db.query<{
    id: number;
    reason: string;
    version: number;
    resolution: string | null;
  }>("SELECT id, reason, version, resolution FROM dead_letter WHERE key = $1 ORDER BY id", [orderId]);
}

test("an order lives from CREATED to DELIVERED through all three services, and all keep the same bytes", async () => {
  const { orderId } = await world.create();
  for (const [index, [name, to]] of life.entries()) {
    // As a caller who follows the order elsewhere: the command may be there before the order is.
    await world.services[name].move(orderId, to, {
      expectedVersion: index + 1,
      ...(to === S.ORDER_STATUS_PRICED && { change: price }),
    });
  }
  await world.level(orderId, life.length + 1);
  await world.expectEqual(orderId, life.length + 1);
  for (const name of names) {
    expect(await world.services[name].baton!.get(orderId)).toMatchObject({
      status: S.ORDER_STATUS_DELIVERED,
      price: { totalMinor: 100n },
    });
    expect(await letters(name, orderId)).toEqual([]);
  }
  const origins = await world.services.SHOP.db.query<{ origin: string }>(
    "SELECT origin FROM order_event WHERE order_id = $1 ORDER BY version",
    [orderId],
  );
  expect(origins.map(({ origin }) => origin).join(" ")).toBe(
    "applied applied applied applied local applied applied applied applied applied",
  );
});

test("an event that is published twice is applied once", async () => {
  const orderId = await priced();
  const [, , third] = await world.services.MES.history(orderId);
  const duplicates = () =>
    Promise.all(
      names.map((name) => world.services[name].host.metric("inbox_applied_total", { outcome: "duplicate" })),
    );
  const before = await duplicates();
  await world.publish(orderId, Buffer.from(third!));
  await until(async () => (await duplicates()).every((count, index) => count > before[index]!));
  await world.expectEqual(orderId, 3);
});

test("a lost event is fetched from the holder as soon as a later one shows the gap", async () => {
  const { MES } = world.services;
  await MES.restart({ start: false });
  const { orderId } = await world.create();
  await MES.move(orderId, S.ORDER_STATUS_MODEL_UPLOADED);
  await MES.move(orderId, S.ORDER_STATUS_PRICED, { change: price });
  await MES.loseEvent(orderId, 1);
  await MES.loseEvent(orderId, 2);
  await MES.baton!.start();
  await world.level(orderId, 3);
  await world.expectEqual(orderId, 3);
  expect(
    await world.services.CRM.host.metric("inbox_applied_total", { source: "fetched", outcome: "applied" }),
  ).toBeGreaterThanOrEqual(2);
});

test("a lost last event shows no gap; without the sweep it stays lost, the sweep brings it and counts it", async () => {
  const { CRM, SHOP } = world.services;
  const orderId = await priced();
  await CRM.restart({ start: false });
  await CRM.move(orderId, S.ORDER_STATUS_CONFIRMED);
  await CRM.loseEvent(orderId, 4);
  await CRM.baton!.start();
  const bystander = await priced();
  expect(await SHOP.version(orderId)).toBe(3);
  await Promise.all(names.map((name) => world.services[name].restart({ sweepMs: 200, sweepGraceMs: 300 })));
  await world.level(orderId, 4);
  await world.expectEqual(orderId, 4);
  // Counted after the commit that `level` sees.
  const repairs = (name: Name) => world.services[name].host.metric("order_sweep_repairs_total");
  await until(async () => (await repairs("MES")) === 1 && (await repairs("SHOP")) === 1);
  expect(await repairs("CRM")).toBe(0);
  await world.expectEqual(bystander, 3);
});

test("an order whose every event was lost is found by the sweep, at MES", async () => {
  const { MES } = world.services;
  await Promise.all(
    ["CRM", "SHOP"].map((name) => world.services[name as Name].restart({ sweepMs: 200, sweepGraceMs: 300 })),
  );
  await MES.restart({ start: false });
  const { orderId } = await world.create();
  await MES.move(orderId, S.ORDER_STATUS_MODEL_UPLOADED);
  await MES.loseEvent(orderId, 1);
  await MES.loseEvent(orderId, 2);
  await MES.baton!.start();
  await world.level(orderId, 2);
  await world.expectEqual(orderId, 2);
});

test("while events arrive in time the sweep repairs nothing", async () => {
  await Promise.all(names.map((name) => world.services[name].restart({ sweepMs: 100, sweepGraceMs: 2_000 })));
  for (let round = 0; round < 5; round++) await priced();
  for (const name of names)
    expect(await world.services[name].host.metric("order_sweep_repairs_total")).toBe(0);
});

test("a second event of a known version is a fork: counted, set aside, and what is stored stays", async () => {
  const { CRM } = world.services;
  await Promise.all(names.map((name) => world.services[name].restart()));
  const orderId = await priced();
  const [, , third] = await world.services.MES.history(orderId);
  await world.publish(orderId, Buffer.from(third!.replace('"PLA"', '"ABS"')));
  await until(async () => (await letters("CRM", orderId)).length === 1);
  expect(await letters("CRM", orderId)).toMatchObject([{ reason: "FORK", version: 3, resolution: null }]);
  expect(await CRM.host.metric("order_forks_total")).toBe(1);
  await world.expectEqual(orderId, 3);
});

test("an event that the table does not allow is a dead letter, and the holder's true event heals the order", async () => {
  await Promise.all(names.map((name) => world.services[name].restart({ sweepMs: 200, sweepGraceMs: 300 })));
  const { CRM } = world.services;
  const orderId = await priced();
  const [, , third] = await CRM.history(orderId);
  const true3 = JSON.parse(third!) as { order: object };
  const paid = { version: 4, status: "ORDER_STATUS_PAID" };
  const forged = { ...true3, ...paid, previousStatus: "ORDER_STATUS_PRICED", source: "HOLDER_CRM" };
  await world.publish(
    orderId,
    Buffer.from(JSON.stringify({ ...forged, order: { ...true3.order, ...paid } })),
  );
  await until(async () => (await letters("SHOP", orderId)).length === 1);
  expect(await letters("SHOP", orderId)).toMatchObject([{ reason: "ILLEGAL", version: 4 }]);
  await until(async () => (await letters("CRM", orderId)).length === 1);
  await CRM.move(orderId, S.ORDER_STATUS_CONFIRMED);
  await world.level(orderId, 4, ["MES", "SHOP", "CRM"]);
  expect(await letters("SHOP", orderId)).toMatchObject([
    { reason: "ILLEGAL", version: 4, resolution: "healed" },
  ]);
});

test("a process that dies between commit and publishing has lost nothing: the next one publishes", async () => {
  const { MES } = world.services;
  await MES.restart({ start: false });
  const { orderId } = await world.create();
  await MES.restart();
  await world.level(orderId, 1);
});

test("what must follow from an event is written in its transaction, once", async () => {
  const { SHOP } = world.services;
  await SHOP.restart({ start: false });
  await SHOP.db.execute("CREATE TABLE IF NOT EXISTS effect (order_id uuid, version integer)");
  let failures = 2;
  SHOP.baton!.onApplied(async (tx, after) => {
    await tx.execute("INSERT INTO effect VALUES ($1, $2)", [after.orderId, after.version]);
    if (after.version === 2 && failures-- > 0) throw new Error("not now");
  });
  await SHOP.baton!.start();
  const orderId = await priced();
  const rows = await SHOP.db.query<{ version: number }>(
    "SELECT version FROM effect WHERE order_id = $1 ORDER BY version",
    [orderId],
  );
  expect(rows.map(({ version }) => version)).toEqual([1, 2, 3]);
});
