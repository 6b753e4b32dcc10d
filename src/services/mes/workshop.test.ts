import { randomUUID } from "node:crypto";
import { type Order, OrderStatus } from "../../gen/alexandrite/order/v1/order";
import { openFakeWorker } from "./testing/fake-worker";
import { cubeStl } from "./testing/models";
import { type RunningMes, runMes } from "./testing/running-mes";

let run: RunningMes;
beforeAll(async () => {
  run = await runMes();
});
afterAll(() => run?.close());

const command = ({ orderId, version }: Order) => ({ orderId, expectedVersion: version, commandId: "" });
const asOperator = () => ({ metadata: run.operator });
const asOther = () => ({ metadata: run.otherOperator });
const moved = async (answer: Promise<{ order: Order | undefined }>): Promise<Order> => {
  const { order } = await answer;
  if (!order) throw new Error("The answer has no order.");
  return order;
};

/** An order that was priced here, then confirmed and paid elsewhere. All are of one model, so only the first is calculated. */
async function paid(material = "PLA"): Promise<Order> {
  const { orderId } = await run.upload(await run.create(run.anna, { material }), cubeStl(20));
  const worker = openFakeWorker(run.workers, run.service, randomUUID());
  worker.ready(1);
  const priced = run.until(orderId, OrderStatus.ORDER_STATUS_PRICED);
  worker.lease().then(
    (lease) => worker.done(lease),
    () => undefined,
  );
  const offered = await priced;
  await worker.close();
  const confirmed = await run.holders.move(offered, OrderStatus.ORDER_STATUS_CONFIRMED);
  await run.holders.move(confirmed, OrderStatus.ORDER_STATUS_PAID, { paymentKey: `${orderId}:1` });
  return run.until(orderId, OrderStatus.ORDER_STATUS_PAID);
}

test("a paid order goes through the workshop to the carrier", async () => {
  const order = await paid();
  const taken = await moved(run.operators.takeOrder(command(order), asOperator()));
  expect(taken).toMatchObject({ status: OrderStatus.ORDER_STATUS_IN_PRODUCTION, operatorId: "oleg" });
  const finished = await moved(run.operators.finishOrder(command(taken), asOperator()));
  const packed = await moved(run.operators.packOrder(command(finished), asOther()));
  const shipment = { ...command(packed), trackingNumber: "RR123456785RU" };
  const shipped = await moved(run.operators.shipOrder(shipment, asOther()));
  expect(shipped).toMatchObject({
    version: order.version + 4,
    status: OrderStatus.ORDER_STATUS_SHIPPED,
    operatorId: "oleg",
    trackingNumber: "RR123456785RU",
  });
  expect(await run.host.metric("paid_to_visible_seconds_count")).toBeGreaterThan(0);
});

test("a price that is there already counts as one that came quickly", async () => {
  await paid();
  await paid();
  expect(await run.host.metric("model_to_price_seconds_count", { size: "under_10mb" })).toBeGreaterThan(0);
  expect(await run.host.metric("model_to_price_seconds_count", { size: "over" })).toBe(0);
});

test("only the operator who has an order finishes it or gives it back", async () => {
  const taken = await moved(run.operators.takeOrder(command(await paid()), asOperator()));
  for (const attempt of [run.operators.finishOrder, run.operators.giveBackOrder]) {
    await expect(attempt(command(taken), asOther())).rejects.toMatchObject({
      reason: "NOT_YOUR_ORDER",
      category: "permission_denied",
    });
  }
  const back = await moved(run.operators.giveBackOrder(command(taken), asOperator()));
  expect(back).toMatchObject({ status: OrderStatus.ORDER_STATUS_PAID, operatorId: "" });
});

test("two operators who take one order at once: one has it, the other is told", async () => {
  const order = await paid();
  const attempts = await Promise.allSettled([
    run.operators.takeOrder(command(order), asOperator()),
    run.operators.takeOrder(command(order), asOther()),
  ]);
  expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(attempts.find(({ status }) => status === "rejected")).toMatchObject({
    reason: { reason: "VERSION_MISMATCH" },
  });
});

test("an order that cannot be made is cancelled for a reason that its customer reads", async () => {
  const rejection = { ...command(await paid()), reason: "Too thin to print" };
  const { order } = await run.operators.rejectOrder(rejection, asOperator());
  expect(order).toMatchObject({
    status: OrderStatus.ORDER_STATUS_CANCELLED,
    failure: { reason: "REJECTED_BY_OPERATOR", message: "Too thin to print" },
  });
});

test("the queue shows paid orders, the longest waiting first, by pages and filters", async () => {
  const orders = [await paid("GOLD"), await paid("GOLD"), await paid("GOLD")];
  const page = { statuses: [], material: "GOLD", pageSize: 2, pageToken: "", mine: false };
  const first = await run.operators.listQueue(page, asOperator());
  const rest = await run.operators.listQueue({ ...page, pageToken: first.nextPageToken }, asOperator());
  const shown = [...first.orders, ...rest.orders].map(({ orderId }) => orderId);
  expect(shown).toEqual(orders.map(({ orderId }) => orderId));
  expect(rest.nextPageToken).toBe("");

  await run.operators.takeOrder(command(orders[0] as Order), asOperator());
  const mine = {
    ...page,
    statuses: [OrderStatus.ORDER_STATUS_IN_PRODUCTION],
    mine: true,
  };
  expect((await run.operators.listQueue(mine, asOperator())).orders).toHaveLength(1);
  expect((await run.operators.listQueue(mine, asOther())).orders).toEqual([]);
  await expect(
    run.operators.listQueue({ ...mine, pageToken: first.nextPageToken }, asOperator()),
  ).rejects.toMatchObject({ reason: "BAD_PAGE_TOKEN", category: "invalid_argument" });
});

test("a customer cancels a paid order, but none in production", async () => {
  const order = await paid();
  const cancellation = { ...command(order), reason: "" };
  const { order: cancelled } = await run.mes.cancelOrder(cancellation, { metadata: run.anna });
  expect(cancelled?.status).toBe(OrderStatus.ORDER_STATUS_CANCELLED);
  const taken = await moved(run.operators.takeOrder(command(await paid()), asOperator()));
  await expect(
    run.mes.cancelOrder({ ...command(taken), reason: "" }, { metadata: run.anna }),
  ).rejects.toMatchObject({ reason: "ILLEGAL_TRANSITION" });
});

test("the operators' door is closed to customers", async () => {
  const order = await run.create();
  await expect(
    run.operators.getProductionOrder({ orderId: order.orderId }, { metadata: run.anna }),
  ).rejects.toMatchObject({ category: "permission_denied" });
  await expect(run.operators.getProductionOrder({ orderId: order.orderId })).rejects.toMatchObject({
    category: "unauthenticated",
  });
});
