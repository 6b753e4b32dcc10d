import { randomUUID } from "node:crypto";
import { OrderStatus, OwnerKind } from "../../gen/alexandrite/order/v1/order";
import { type RunningMes, runMes } from "./testing/running-mes";

let run: RunningMes;
beforeAll(async () => {
  run = await runMes();
});
afterAll(() => run?.close());

const specification = { material: "PETG", finish: "PAINTED", quantity: 4 };
const eventsOf = (orderId: string) =>
  run.db.query("SELECT version FROM order_event WHERE order_id = $1", [orderId]);

test("an order belongs to whoever creates it", async () => {
  expect(await run.create(run.anna, specification)).toMatchObject({
    version: 1,
    status: OrderStatus.ORDER_STATUS_CREATED,
    owner: { kind: OwnerKind.OWNER_KIND_CUSTOMER, id: "anna" },
    specification,
  });
  const { owner } = await run.create(run.partner);
  expect(owner).toEqual({
    kind: OwnerKind.OWNER_KIND_PARTNER,
    id: "7f0c1d2e-0000-4000-8000-00000000d001",
  });
});

test("a repeated order id returns the first order and writes nothing", async () => {
  const request = { orderId: randomUUID(), specification };
  const answers = await Promise.all([
    run.mes.createOrder(request, { metadata: run.anna }),
    run.mes.createOrder(request, { metadata: run.anna }),
  ]);
  expect(await run.mes.createOrder(request, { metadata: run.anna })).toEqual(answers[0]);
  expect(answers[1]).toEqual(answers[0]);
  expect(await eventsOf(request.orderId)).toHaveLength(1);
});

test("an id that another order has is refused, whoever owns that", async () => {
  const { orderId } = await run.create(run.anna, specification);
  const taken = { reason: "ORDER_EXISTS", category: "already_exists" };
  await expect(
    run.mes.createOrder(
      { orderId, specification: { ...specification, quantity: 5 } },
      { metadata: run.anna },
    ),
  ).rejects.toMatchObject(taken);
  await expect(
    run.mes.createOrder({ orderId, specification }, { metadata: run.boris }),
  ).rejects.toMatchObject(taken);
});

test.each([
  [{ ...specification, material: "WOOD" }, "UNKNOWN_MATERIAL"],
  [{ ...specification, finish: "GILDED" }, "UNKNOWN_FINISH"],
])("what the price book does not have cannot be ordered: %j", async (wanted, reason) => {
  await expect(
    run.mes.createOrder({ orderId: randomUUID(), specification: wanted }, { metadata: run.anna }),
  ).rejects.toMatchObject({ reason, category: "invalid_argument" });
});

test("a foreign order answers like a missing one", async () => {
  const { orderId } = await run.create(run.boris);
  const notFound = { reason: "ORDER_NOT_FOUND", category: "not_found" };
  const command = { orderId, expectedVersion: 1, commandId: "", reason: "" };
  for (const metadata of [run.anna, run.partner]) {
    await expect(run.mes.getOrder({ orderId }, { metadata })).rejects.toMatchObject(notFound);
    await expect(run.mes.cancelOrder(command, { metadata })).rejects.toMatchObject(notFound);
  }
  await expect(run.mes.getOrder({ orderId: randomUUID() }, { metadata: run.anna })).rejects.toMatchObject(
    notFound,
  );
  expect((await run.mes.getOrder({ orderId }, { metadata: run.service })).order?.orderId).toBe(orderId);
});

test("the price book is there for everybody", async () => {
  const book = await run.mes.getPriceBook({});
  expect(book).toMatchObject({ version: 1, currency: "RUB" });
  expect(book.materials.map(({ code }) => code).sort()).toEqual([
    "ABS",
    "GOLD",
    "NYLON",
    "PETG",
    "PLA",
    "RESIN",
    "SILVER",
    "STEEL",
    "TITANIUM",
  ]);
  expect(book.finishes.map(({ code }) => code).sort()).toEqual(["PAINTED", "POLISHED", "RAW"]);
});

test("services learn whose an API key is; nobody has an unknown or a revoked one", async () => {
  const ask = (apiKey: string) => run.mes.verifyApiKey({ apiKey }, { metadata: run.service });
  expect(await ask("alx_partner_demo_0123456789abcdef")).toMatchObject({ name: "Demo Partner" });
  await expect(ask("alx_partner_demo_ffffffffffffffff")).rejects.toMatchObject({
    reason: "UNKNOWN_API_KEY",
    category: "unauthenticated",
  });
  await run.db.execute("UPDATE api_key SET revoked_at = now()");
  await expect(ask("alx_partner_demo_0123456789abcdef")).rejects.toMatchObject({
    reason: "UNKNOWN_API_KEY",
  });
  await run.db.execute("UPDATE api_key SET revoked_at = NULL");
});
