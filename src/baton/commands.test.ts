import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Order, OrderStatus, Price } from "../gen/alexandrite/order/v1/order";
import { AppError } from "../platform/errors";
import { until } from "../platform/testing";
import { actor, World } from "./testing/world";

const { ORDER_STATUS_MODEL_UPLOADED: UPLOADED, ORDER_STATUS_PRICING_FAILED: FAILED } = OrderStatus;
const { ORDER_STATUS_PRICED: PRICED, ORDER_STATUS_CONFIRMED: CONFIRMED } = OrderStatus;
const { ORDER_STATUS_CANCELLED: CANCELLED } = OrderStatus;

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

const reasonOf = (error: unknown) => (error instanceof AppError ? error.reason : String(error));
const refused = (promise: Promise<unknown>) => promise.then(() => "done", reasonOf);

async function priced(): Promise<string> {
  const { orderId } = await world.create();
  await world.services.MES.move(orderId, UPLOADED);
  await world.services.MES.move(orderId, PRICED);
  await world.level(orderId, 3);
  return orderId;
}

test("of commands that race for one version one wins, and the others learn of it", async () => {
  const { orderId } = await world.create();
  const { MES } = world.services;
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      refused(MES.move(orderId, index % 2 === 0 ? UPLOADED : CANCELLED, { expectedVersion: 1 })),
    ),
  );
  expect(outcomes.sort()).toEqual([...Array<string>(9).fill("VERSION_MISMATCH"), "done"]);
  expect(await MES.version(orderId)).toBe(2);
});

test("a command for a status that came back runs only on the version that its caller saw", async () => {
  const { orderId } = await world.create();
  const { MES } = world.services;
  await MES.move(orderId, UPLOADED);
  await MES.move(orderId, FAILED);
  await MES.move(orderId, UPLOADED);
  expect(await refused(MES.move(orderId, PRICED, { expectedVersion: 2 }))).toBe("VERSION_MISMATCH");
});

test("a repeated command answers as the first time, also when the order has gone on, and changes nothing", async () => {
  const { MES } = world.services;
  const { orderId } = await world.create();
  const command = { commandId: randomUUID(), expectedVersion: 1 };
  const first = await MES.move(orderId, UPLOADED, command);
  await MES.move(orderId, FAILED);
  let ran = false;
  const again = await MES.move(orderId, UPLOADED, command, async () => void (ran = true));
  expect(again).toEqual(first);
  expect(ran).toBe(false);
  expect(await MES.version(orderId)).toBe(3);
  expect(await refused(MES.move(orderId, CANCELLED, { ...command, expectedVersion: 3 }))).toBe(
    "COMMAND_REUSED",
  );
});

test("a command that was carried out elsewhere is known wherever its event has arrived", async () => {
  const orderId = await priced();
  const command = { commandId: randomUUID(), expectedVersion: 3 };
  const confirmed = await world.services.CRM.move(orderId, CONFIRMED, command);
  await world.level(orderId, 4);
  expect(await world.services.SHOP.move(orderId, CONFIRMED, command)).toEqual(confirmed);
});

test("whoever does not hold the order says who does", async () => {
  const orderId = await priced();
  const error = await world.services.SHOP.move(orderId, CANCELLED).catch((thrown: AppError) => thrown);
  expect(error).toMatchObject({
    category: "failed_precondition",
    reason: "NOT_HOLDER",
    details: { orderId, holder: "CRM", version: "3" },
  });
});

test("an illegal command is refused with both statuses", async () => {
  const { orderId } = await world.create();
  const error = await world.services.MES.move(orderId, PRICED).catch((thrown: AppError) => thrown);
  expect(error).toMatchObject({ reason: "ILLEGAL_TRANSITION", details: { from: "CREATED", to: "PRICED" } });
});

describe("a command that is there before its order", () => {
  test("waits for the version that its caller saw, and runs", async () => {
    const { MES, CRM } = world.services;
    await MES.restart({ start: false });
    const { orderId } = await world.create();
    await MES.move(orderId, UPLOADED);
    await MES.move(orderId, PRICED);
    const confirming = CRM.move(orderId, CONFIRMED, { expectedVersion: 3 });
    await sleep(200);
    expect(await CRM.version(orderId)).toBe(0);
    await MES.baton!.start();
    expect((await confirming).version).toBe(4);
    expect(await CRM.host.metric("order_baton_wait_seconds_count")).toBeGreaterThan(0);
  });

  test("ends at once when the event that arrives makes it impossible", async () => {
    const { MES, CRM } = world.services;
    await MES.restart({ start: false });
    const { orderId } = await world.create();
    const waiting = refused(
      CRM.move(orderId, CONFIRMED, { expectedVersion: 2, deadlineAt: Date.now() + 60_000 }),
    );
    await MES.move(orderId, CANCELLED);
    await MES.baton!.start();
    expect(await waiting).toBe("ILLEGAL_TRANSITION");
  });

  test("gives up at its deadline, or when its caller leaves", async () => {
    const { SHOP, MES } = world.services;
    const unknown = randomUUID();
    const startedAt = Date.now();
    const deadlineAt = startedAt + 400;
    expect(await refused(SHOP.move(unknown, CANCELLED, { expectedVersion: 1, deadlineAt }))).toBe(
      "ORDER_NOT_FOUND",
    );
    expect(Date.now() - startedAt).toBeGreaterThan(250);
    const leaving = { expectedVersion: 1, signal: AbortSignal.timeout(50) };
    expect(await refused(SHOP.move(unknown, CANCELLED, leaving))).toBe("ORDER_NOT_FOUND");
    const orderId = await priced();
    const ahead = { expectedVersion: 9, deadlineAt: Date.now() + 300 };
    expect(await refused(SHOP.move(orderId, CANCELLED, ahead))).toBe("NOT_HOLDER");
    // Where no event can come from, nothing is waited for.
    expect(await refused(MES.move(unknown, CANCELLED, { expectedVersion: 1 }))).toBe("ORDER_NOT_FOUND");
    expect(await refused(world.services.CRM.move(orderId, CANCELLED, { expectedVersion: 9 }))).toBe(
      "VERSION_MISMATCH",
    );
    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });
});

test("a foreign order is not found, whatever else would be said of it", async () => {
  const { MES, SHOP } = world.services;
  const orderId = await priced();
  const authorize = (): never => {
    throw new AppError({ category: "not_found", reason: "FOREIGN", message: "" });
  };
  for (const [service, expectedVersion] of [
    [MES, 1],
    [SHOP, 3],
    [SHOP, 9],
  ] as const) {
    expect(await refused(service.move(orderId, CANCELLED, { expectedVersion, authorize }))).toBe("FOREIGN");
  }
});

test("what comes with a move is undone with it", async () => {
  const { MES } = world.services;
  const { orderId } = await world.create();
  const failing = MES.move(orderId, UPLOADED, {}, async () => {
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(await MES.version(orderId)).toBe(1);
  expect(await MES.history(orderId)).toHaveLength(1);
  expect(await MES.db.query("SELECT 1 FROM outbox WHERE key = $1 AND version = 2", [orderId])).toEqual([]);
});

test("orders are moved in the caller's transaction, and not waited for", async () => {
  const { MES, CRM } = world.services;
  const { orderId } = await world.create();
  await MES.db.transaction(async (tx) => {
    expect((await MES.baton!.moveIn(tx, { orderId, expectedVersion: 1, to: UPLOADED, actor })).version).toBe(
      2,
    );
    expect(await MES.version(orderId)).toBe(1);
  });
  expect(await MES.version(orderId)).toBe(2);
  const early = { orderId: randomUUID(), expectedVersion: 1, to: CONFIRMED, actor };
  expect(await refused(CRM.db.transaction((tx) => CRM.baton!.moveIn(tx, early)))).toBe("ORDER_NOT_FOUND");
});

test("a second order of one id is refused, and the transaction can go on", async () => {
  const { MES } = world.services;
  const orderId = randomUUID();
  expect((await world.create({ orderId: orderId.toUpperCase() })).orderId).toBe(orderId);
  const version = await MES.db.transaction(async (tx) => {
    const again = MES.baton!.create(tx, { orderId } as Order, { actor });
    expect(await refused(again)).toBe("ORDER_EXISTS");
    return tx.one("SELECT version FROM orders WHERE order_id = $1", [orderId]);
  });
  expect(version).toEqual({ version: 1 });
  const racing = Array.from({ length: 5 }, () =>
    refused(world.create({ orderId: "0".repeat(8) + orderId.slice(8) })),
  );
  expect((await Promise.all(racing)).sort()).toEqual([...Array<string>(4).fill("ORDER_EXISTS"), "done"]);
});

test("text that the databases cannot keep is refused as the caller's fault", async () => {
  const { orderId } = await world.create();
  const say = (message: string) =>
    refused(
      world.services.MES.move(orderId, CANCELLED, { change: () => ({ failure: { reason: "X", message } }) }),
    );
  expect(await say("a\0b")).toBe("TEXT_NOT_STORABLE");
  expect(await say("a\ud800b")).toBe("TEXT_NOT_STORABLE");
  expect(await say("a\\u0000 \\\\ud800 \u{1f600} b")).toBe("done");
});

test("entries into a status are counted once per order", async () => {
  const { MES } = world.services;
  const count = () => MES.host.metric("order_status_entered_total", { status: "MODEL_UPLOADED" });
  const before = await count();
  const { orderId } = await world.create();
  await MES.move(orderId, UPLOADED);
  await MES.move(orderId, FAILED);
  await MES.move(orderId, UPLOADED);
  expect(await count()).toBe(before + 1);
});

describe("a watcher", () => {
  test("sees each version once and in order, whichever process writes it, and ends with the order", async () => {
    const { MES, SHOP } = world.services;
    await MES.restart();
    const { orderId } = await world.create();
    const seen: number[] = [];
    const watching = (async () => {
      for await (const { version } of SHOP.baton!.watch(orderId, 0, AbortSignal.timeout(20_000)))
        seen.push(version);
    })();
    await MES.move(orderId, UPLOADED);
    await MES.move(orderId, FAILED);
    await until(() => seen.length === 3);
    await MES.move(orderId, CANCELLED);
    await watching;
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  test("of an order that is still to come waits for it, and ends when nobody watches any more", async () => {
    const { MES, SHOP } = world.services;
    const orderId = randomUUID();
    const leaving = new AbortController();
    const seen: number[] = [];
    const watching = (async () => {
      for await (const { version } of SHOP.baton!.watch(orderId, 1, leaving.signal)) seen.push(version);
    })();
    await world.create({ orderId });
    await MES.move(orderId, UPLOADED);
    await until(() => seen.length === 1);
    leaving.abort();
    await watching;
    expect(seen).toEqual([2]);
  });
});

describe("an overdue order", () => {
  const soon = { [OrderStatus.ORDER_STATUS_CREATED]: 300, [OrderStatus.ORDER_STATUS_SHIPPED]: 300 };

  test("without a model is cancelled by MES, with the reason; one that has its model is not", async () => {
    const { MES } = world.services;
    await MES.restart({ expiryMs: 100, expireAfterMs: soon });
    const kept = await world.create();
    await MES.move(kept.orderId, UPLOADED);
    const { orderId } = await world.create();
    await world.level(orderId, 2);
    expect(await world.services.SHOP.baton!.get(orderId)).toMatchObject({
      status: CANCELLED,
      failure: { reason: "NO_MODEL_IN_TIME" },
    });
    expect(await MES.version(kept.orderId)).toBe(2);
  });

  test("whose price lapsed is cancelled by its holder, unless something keeps it; others do not wait behind it", async () => {
    const { MES, CRM } = world.services;
    const ids: string[] = [];
    let kept: string | undefined;
    await MES.restart();
    for (const validUntil of [
      new Date(Date.now() - 2_000),
      new Date(Date.now() - 1_000),
      new Date(Date.now() + 60_000),
    ]) {
      const { orderId } = await world.create();
      await MES.move(orderId, UPLOADED);
      await MES.move(orderId, PRICED, { change: () => ({ price: Price.fromPartial({ validUntil }) }) });
      await world.level(orderId, 3);
      ids.push(orderId);
    }
    [kept] = ids;
    await CRM.restart({
      expiryMs: 100,
      withExpiry: async (_, { orderId }) => {
        if (orderId === kept)
          throw new AppError({ category: "failed_precondition", reason: "KEPT", message: "" });
      },
    });
    await world.level(ids[1]!, 4);
    expect(await CRM.baton!.get(ids[1]!)).toMatchObject({
      status: CANCELLED,
      failure: { reason: "PRICE_EXPIRED" },
    });
    expect(await CRM.version(ids[0]!)).toBe(3);
    expect(await CRM.version(ids[2]!)).toBe(3);
    kept = undefined;
    await world.level(ids[0]!, 4);
  });
});
