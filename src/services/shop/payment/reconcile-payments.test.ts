import { randomUUID } from "node:crypto";
import { type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import type { Database } from "../../../platform/postgres";
import { createTestHost, type TestHost, until } from "../../../platform/testing";
import { demoAccounts } from "../domain/account";
import { type RunningShop, runShop } from "../testing/running-shop";

const S = OrderStatus;
const anna = demoAccounts[0]!.accountId;
const approves = "4242424242424242";

let running: RunningShop;
let admin: TestHost;
let db: Database;

beforeAll(async () => {
  running = await runShop({
    RECONCILE_PAYMENTS_MS: "300",
    RECONCILE_BOUND_MS: "500",
    RECONCILE_LEAVE_MS: "0",
  });
  admin = createTestHost("admin");
  db = await running.database.open(admin);
}, 60_000);
afterAll(async () => {
  await admin?.close();
  await running?.close();
});

const gauge = (kind: string) => running.shopHost.metric("reconciliation_disagreements", { kind });
const repairs = (kind: string) => running.shopHost.metric("reconciliation_repairs_total", { kind });

async function paid(): Promise<Order> {
  const { orderId, version } = await running.holders.bring(anna, S.ORDER_STATUS_CONFIRMED);
  await running.until(orderId, (order) => order.version === version);
  const { metadata } = await running.signedIn("anna@example.com");
  const request = { orderId, expectedVersion: version, commandId: "", card: approves };
  const { order } = await running.shop.payOrder(request, { metadata });
  return order!;
}

/** At the provider, behind Shop's back. */
const charge = async (reference: string): Promise<void> => {
  const body = { key: randomUUID(), amountMinor: 100, currency: "EUR", card: approves, reference };
  const answer = await fetch(`${running.line.url}/v1/payments`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.ok).toBe(true);
};

test("a second payment of a paid order is given back, the first is kept; no series is missing before", async () => {
  for (const kind of ["payment_missing", "payment_unexpected", "refund_missing"])
    expect(await gauge(kind)).toBe(0);
  const { orderId } = await paid();
  await charge(orderId);
  await until(
    async () => (await running.ledger(orderId)).net === 1 && (await repairs("payment_unexpected")) > 0,
    60_000,
  );
  expect(await running.ledger(orderId)).toMatchObject({ captures: 2, refunds: 1, net: 1 });
  await until(async () => (await gauge("payment_unexpected")) === 0, 60_000);
}, 150_000);

test("a cancelled order whose refund was noted as done but never made is refunded", async () => {
  const order = await paid();
  const { paymentKey, orderId } = order;
  // As after a database that lost the provider's side of it.
  await db.execute(
    "INSERT INTO payment_refund (refund_key, order_id, payment_key, trace, done_at) VALUES ($1, $2, $3, '{}', now())",
    [`${orderId}:lost`, orderId, paymentKey],
  );
  await running.holders.follow(order);
  await running.holders.move(order, S.ORDER_STATUS_CANCELLED);
  await running.until(orderId, ({ status }) => status === S.ORDER_STATUS_CANCELLED);
  await until(async () => (await running.ledger(orderId)).net === 0, 60_000);
  expect(await repairs("refund_missing")).toBeGreaterThan(0);
}, 150_000);

test("a paid order without a payment, and money of an order that nobody knows, are told and left to people", async () => {
  const stranger = randomUUID();
  await charge(stranger);
  const { orderId, paymentKey } = await paid();
  await fetch(`${running.line.url}/v1/payments/${encodeURIComponent(paymentKey)}/refund`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ refundKey: randomUUID() }),
  });
  await until(
    async () => (await gauge("payment_missing")) === 1 && (await gauge("payment_unexpected")) === 1,
    60_000,
  );
  expect(await running.ledger(orderId)).toMatchObject({ net: 0 });
  expect(await running.ledger(stranger)).toMatchObject({ net: 1 });
}, 150_000);
