import { randomUUID } from "node:crypto";
import { type Order, OrderStatus } from "../../gen/alexandrite/order/v1/order";
import type { Database } from "../../platform/postgres";
import { createTestHost, type TestHost } from "../../platform/testing";
import { demoAccounts } from "../../services/shop/domain/account";
import { openProvider, type PaymentProvider } from "../../services/shop/payment/provider";
import { type RunningShop, runShop } from "../../services/shop/testing/running-shop";
import { reconcile } from "./reconcile";

const S = OrderStatus;
const approves = "4242424242424242";

let running: RunningShop;
let host: TestHost;
let db: Database;
let provider: PaymentProvider;

beforeAll(async () => {
  // Shop itself does not look in this test's time.
  running = await runShop({ RECONCILE_PAYMENTS_MS: "3600000", RECONCILE_BOUND_MS: "3600000" });
  host = createTestHost("reconcile");
  db = await running.database.open(host);
  provider = openProvider(host, { baseUrl: running.line.url, timeoutMs: 10_000 });
}, 60_000);
afterAll(async () => {
  await provider?.close();
  await host?.close();
  await running?.close();
});

const elsewhere = () => Promise.reject(new Error("not here"));

async function run(...argv: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const sources = {
    database: async () => db,
    kafka: elsewhere,
    store: elsewhere,
    provider: async () => provider,
    topic: "none",
  };
  const bounds = ["--only", "payments", "--bound", "0"];
  const code = await reconcile([...bounds, ...argv], { sources, print: (line) => lines.push(line) });
  return { code, text: lines.join("\n") };
}

async function paid(): Promise<Order> {
  const { orderId, version } = await running.holders.bring(
    demoAccounts[0]!.accountId,
    S.ORDER_STATUS_CONFIRMED,
  );
  await running.until(orderId, (order) => order.version === version);
  const { metadata } = await running.signedIn("anna@example.com");
  const request = { orderId, expectedVersion: version, commandId: "", card: approves };
  return (await running.shop.payOrder(request, { metadata })).order!;
}

/** At the provider, behind Shop's back. */
async function post(path: string, body: object): Promise<void> {
  const answer = await fetch(`${running.line.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.ok).toBe(true);
}
const charge = (reference: string): Promise<void> =>
  post("/v1/payments", { key: randomUUID(), amountMinor: 100, currency: "EUR", card: approves, reference });

test("payments that are missing, too many or kept of a cancelled order are named; what is too much is given back on demand", async () => {
  const twice = await paid();
  expect(await run()).toMatchObject({ code: 0 });

  await charge(twice.orderId);
  const robbed = await paid();
  await post(`/v1/payments/${encodeURIComponent(robbed.paymentKey)}/refund`, { refundKey: randomUUID() });
  const kept = await paid();
  // As after a database that lost the provider's side of it.
  await db.execute(
    "INSERT INTO payment_refund (refund_key, order_id, payment_key, trace, done_at) VALUES ($1, $2, $3, '{}', now())",
    [`${kept.orderId}:lost`, kept.orderId, kept.paymentKey],
  );
  await running.holders.follow(kept);
  await running.holders.move(kept, S.ORDER_STATUS_CANCELLED);
  await running.until(kept.orderId, ({ status }) => status === S.ORDER_STATUS_CANCELLED);

  const found = await run();
  expect(found.code).toBe(1);
  expect(found.text).toMatch(new RegExp(`payment_unexpected +${twice.orderId} .*has PAID.*has 2 captured`));
  expect(found.text).toMatch(new RegExp(`payment_missing +${robbed.orderId} .*has PAID.*has 0 captured`));
  expect(found.text).toMatch(new RegExp(`refund_missing +${kept.orderId} .*CANCELLED.*has 1 captured`));

  const mended = await run("--repair");
  expect(mended.text).toContain("Shop's refunder gives back");
  expect(mended.text).toContain("1 disagreements are left.");
  expect(mended.code).toBe(1);
  expect(await running.ledger(twice.orderId)).toMatchObject({ net: 1, captures: 2 });
  expect(await running.ledger(kept.orderId)).toMatchObject({ net: 0 });
}, 180_000);
