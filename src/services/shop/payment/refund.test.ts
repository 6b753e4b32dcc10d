import { type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { eventually, faultOf, usePayingShop } from "../testing/paying-shop";

const S = OrderStatus;
const { asAnna, cancel, confirmed, db, pay, run, settled } = usePayingShop();

test("a cancel that races with a payment: paid nets 1, cancelled nets 0, whoever wins", async () => {
  const orders = await Promise.all(Array.from({ length: 12 }, () => confirmed()));
  const statuses = await Promise.all(
    orders.map(async (order, i) => {
      const wait = new Promise((resolve) => setTimeout(resolve, (i % 8) * 6));
      await Promise.all([faultOf(pay(order)), wait.then(() => faultOf(cancel(order)))]);
      await settled(order);
      const { order: at } = await run().shop.getOrder({ orderId: order.orderId }, asAnna());
      return at?.status;
    }),
  );
  for (const [i, status] of statuses.entries()) {
    expect(await run().ledger(orders[i]!.orderId)).toMatchObject({
      net: status === S.ORDER_STATUS_PAID ? 1 : 0,
    });
  }
});

test("an order cancelled after it was paid is refunded once, however often the event comes and the refund is tried", async () => {
  const order = await confirmed();
  const paid = (await pay(order)).order as Order;
  await run().holders.follow(paid);
  await run().holders.move(paid, S.ORDER_STATUS_CANCELLED);
  await run().holders.repeat(order.orderId);
  await eventually(async () => {
    expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, refunds: 1, net: 0 });
  });
  const refunds = await db().query<{ refund_key: string }>(
    "SELECT refund_key FROM payment_refund WHERE order_id = $1",
    [order.orderId],
  );
  expect(refunds).toEqual([{ refund_key: `${order.orderId}:${paid.version + 1}:refund` }]);
  for (let i = 0; i < 3; i++) {
    const again = "UPDATE payment_refund SET done_at = NULL, try_at = now() WHERE order_id = $1";
    await db().execute(again, [order.orderId]);
    await eventually(async () => {
      const left = "SELECT 1 FROM payment_refund WHERE order_id = $1 AND done_at IS NULL";
      expect(await db().query(left, [order.orderId])).toEqual([]);
    });
  }
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, refunds: 1, net: 0 });
});

test("a refund is tried until the provider can be reached", async () => {
  const order = await confirmed();
  const paid = (await pay(order)).order as Order;
  await run().holders.follow(paid);
  run().line.fateOf = (_method, path) => (path.endsWith("/refund") ? "lose answer" : "pass");
  await run().holders.move(paid, S.ORDER_STATUS_CANCELLED);
  await eventually(async () => {
    const tried = "SELECT tries FROM payment_refund WHERE order_id = $1";
    expect((await db().one<{ tries: number }>(tried, [order.orderId])).tries).toBeGreaterThan(0);
  });
  run().line.fateOf = () => "pass";
  await eventually(async () => {
    const done = "SELECT 1 FROM payment_refund WHERE order_id = $1 AND done_at IS NOT NULL";
    expect(await db().query(done, [order.orderId])).toHaveLength(1);
  });
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, refunds: 1, net: 0 });
});
