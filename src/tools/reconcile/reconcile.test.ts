import { randomUUID } from "node:crypto";
import { type Name, World } from "../../baton/testing/world";
import { OrderStatus } from "../../gen/alexandrite/order/v1/order";
import { createTestHost, type TestHost, until } from "../../platform/testing";
import { reconcile } from "./reconcile";
import type { Sources } from "./sources";

const S = OrderStatus;
const names = { mes: "MES", crm: "CRM", shop: "SHOP" } as const satisfies Record<string, Name>;

let world: World;
let host: TestHost;
let sources: Sources;

beforeAll(async () => {
  // Sweeps are off: what this mends must be seen to be mended without them.
  world = await World.open();
  host = createTestHost("reconcile");
  const kafka = await world.broker.open(host);
  sources = {
    // A service that is restarted opens its database anew.
    database: async (service) => world.services[names[service]].db,
    kafka: async () => kafka,
    store: () => Promise.reject(new Error("there is no store here")),
    provider: () => Promise.reject(new Error("there is no provider here")),
    topic: world.broker.topic,
  };
}, 60_000);
afterAll(async () => {
  await host?.close();
  await world?.close();
});

async function run(...argv: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const code = await reconcile(["--bound", "0", ...argv], { sources, print: (line) => lines.push(line) });
  return { code, text: lines.join("\n") };
}

const inOrdersAndEvents = ["--only", "orders,events"];

async function priced(): Promise<string> {
  const { orderId } = await world.create();
  await world.services.MES.move(orderId, S.ORDER_STATUS_MODEL_UPLOADED);
  await world.services.MES.move(orderId, S.ORDER_STATUS_PRICED);
  await world.level(orderId, 3);
  // What has arrived is marked as published a moment later.
  const { db } = world.services.MES;
  const waiting = "SELECT id FROM outbox WHERE published_at IS NULL";
  await until(async () => (await db.query(waiting)).length === 0);
  return orderId;
}

/** A move whose event never reaches the topic. */
async function moveUnseen(name: Name, orderId: string, to: OrderStatus): Promise<void> {
  const service = world.services[name];
  await service.restart({ start: false });
  await service.move(orderId, to);
  await service.loseEvent(orderId, await service.version(orderId));
  await service.baton!.start();
}

test("where all agree it says how much was compared, and nothing else", async () => {
  await priced();
  expect(await run(...inOrdersAndEvents)).toEqual({
    code: 0,
    text: [
      "orders: 1 orders of mes, crm, shop, they agree",
      "events: 3 published events of mes, crm, shop, they agree",
      "Nothing disagrees.",
    ].join("\n"),
  });
});

test("an order that is behind, one whose holder is behind, one that is unknown and the events that were lost are named and repaired", async () => {
  const behind = await priced();
  await moveUnseen("CRM", behind, S.ORDER_STATUS_CANCELLED);
  const ahead = await priced();
  await moveUnseen("CRM", ahead, S.ORDER_STATUS_CONFIRMED);
  const { MES } = world.services;
  await MES.restart({ start: false });
  const { orderId: unknown } = await world.create();
  await MES.loseEvent(unknown, 1);
  await MES.baton!.start();

  const found = await run(...inOrdersAndEvents);
  expect(found.code).toBe(1);
  const line = (...words: string[]) => expect.stringMatching(new RegExp(words.join(".*")));
  const lines = found.text.split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      line("order_behind", behind, "mes has v3 PRICED, crm has v4 CANCELLED"),
      line("order_behind", behind, "shop has v3 PRICED, crm has v4 CANCELLED"),
      line("order_ahead", ahead, "shop has v3 PRICED, crm has v4 CONFIRMED"),
      line("order_behind", ahead, "mes has v3 PRICED"),
      line("order_unknown", unknown, "crm does not know it, mes has v1 CREATED"),
      line("order_unknown", unknown, "shop does not know it"),
      line("event_not_on_topic", `crm:${behind}@4`),
      line("event_not_on_topic", `crm:${ahead}@4`),
      line("event_not_on_topic", `mes:${unknown}@1`),
      "9 disagreements: 3 order_behind, 2 order_unknown, 1 order_ahead, 3 event_not_on_topic.",
    ]),
  );

  const mended = await run(...inOrdersAndEvents, "--repair");
  expect(mended.text).toContain("crm publishes v4 again");
  expect(mended.text).toContain("Everything that disagreed is mended.");
  expect(mended.code).toBe(0);
  await world.expectEqual(behind, 4);
  await world.expectEqual(ahead, 4);
  await world.expectEqual(unknown, 1);
  expect((await run(...inOrdersAndEvents)).code).toBe(0);
}, 180_000);

test("what is younger than the bound is under way", async () => {
  const orderId = await priced();
  await moveUnseen("CRM", orderId, S.ORDER_STATUS_CANCELLED);
  expect(await run(...inOrdersAndEvents, "--bound", "600")).toMatchObject({ code: 0 });
  expect((await run(...inOrdersAndEvents, "--repair")).code).toBe(0);
}, 120_000);

test("an order behind a dead letter is left to the tool of dead letters, and a second story of a version to people", async () => {
  const { MES, SHOP } = world.services;
  const forked = await priced();
  await SHOP.db.execute("ALTER TABLE order_event DISABLE TRIGGER USER");
  await SHOP.db.execute("UPDATE order_event SET value = 'another' WHERE order_id = $1 AND version = 3", [
    forked,
  ]);
  const blocked = await priced();
  const [, , third = ""] = await MES.history(blocked);
  const true3 = JSON.parse(third) as { order: object };
  const paid = { version: 4, status: "ORDER_STATUS_PAID", eventId: randomUUID() };
  const forged = { ...true3, ...paid, previousStatus: "ORDER_STATUS_PRICED", source: "HOLDER_CRM" };
  await world.publish(
    blocked,
    Buffer.from(JSON.stringify({ ...forged, order: { ...true3.order, ...paid } })),
  );
  const letters = () => SHOP.db.query("SELECT key FROM blocked_key WHERE key = $1", [blocked]);
  await until(async () => (await letters()).length === 1, 60_000);
  await moveUnseen("CRM", blocked, S.ORDER_STATUS_CANCELLED);

  const { code, text } = await run("--only", "orders", "--repair", "--wait", "1");
  expect(code).toBe(1);
  expect(text).toMatch(new RegExp(`order_fork +${forked} .*shop has v3 PRICED, with other bytes`));
  expect(text).toMatch(new RegExp(`${blocked} .*shop has set one of its events aside: make dlq`));
}, 180_000);

test("a part that cannot be asked leaves the others, and is no agreement", async () => {
  const { code, text } = await run("--only", "models,payments,events");
  expect(code).toBe(1);
  expect(text).toContain("models: could not be compared: there is no store here");
  expect(text).toContain("payments: could not be compared: there is no provider here");
  expect(text).toContain("published events of");
});

test.each([
  [["--only", "ordres"], "There is no part ordres"],
  [["--bound", "soon"], "It takes a number from 0"],
])("%j is refused: %s", async (argv, message) => {
  const { code, text } = await run(...argv);
  expect(code).toBe(1);
  expect(text).toContain(message);
});
