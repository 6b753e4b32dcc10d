import { type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import type { AppError } from "../../../platform/errors";
import type { CallOptions } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { createTestHost, type TestHost } from "../../../platform/testing";
import { demoAccounts } from "../domain/account";
import { type RunningShop, runShop } from "./running-shop";

/** Cards of the payment provider, by what they do. */
export const cards = {
  approves: "4242424242424242",
  declines: "4000000000000002",
  capturesAndIsSilent: "4000000000000259",
  capturesLate: "4000000000000341",
} as const;

export const anna = demoAccounts[0]!.accountId;

/** A Shop with a provider behind a line that can be cut, for the tests of one file, and Anna, who pays. */
export function usePayingShop() {
  let running: RunningShop | undefined;
  let admin: TestHost;
  let db: Database;
  let asAnna: { metadata: Record<string, string> };
  const run = () => running as RunningShop;

  beforeAll(async () => {
    running = await runShop();
    admin = createTestHost("admin");
    db = await running.database.open(admin);
    asAnna = await running.signedIn("anna@example.com");
  });
  afterAll(async () => {
    await admin?.close();
    await running?.close();
  });
  afterEach(() => {
    run().line.fateOf = () => "pass";
  });

  const intentStates = async ({ orderId }: Order) =>
    (
      await db.query<{ state: string }>(
        "SELECT state FROM payment_intent WHERE order_id = $1 ORDER BY attempt",
        [orderId],
      )
    ).map((row) => row.state);

  return {
    run,
    db: () => db,
    asAnna: () => asAnna,
    intentStates,
    async confirmed(options: { validUntil?: Date; totalMinor?: bigint } = {}): Promise<Order> {
      const order = await run().holders.bring(anna, OrderStatus.ORDER_STATUS_CONFIRMED, options);
      return run().until(order.orderId, ({ version }) => version === order.version);
    },
    pay: (order: Order, card: string = cards.approves, commandId = "", options: CallOptions = {}) =>
      run().shop.payOrder(
        { orderId: order.orderId, expectedVersion: order.version, commandId, card },
        { ...asAnna, ...options },
      ),
    cancel: (order: Order, commandId = "") =>
      run().shop.cancelOrder(
        { orderId: order.orderId, expectedVersion: order.version, commandId, reason: "" },
        asAnna,
      ),
    settled: (order: Order) =>
      eventually(async () => {
        expect(await intentStates(order)).not.toContain("open");
        expect(await intentStates(order)).not.toContain("voiding");
      }),
  };
}

export const isCharge = (method: string, path: string) => method === "POST" && path === "/v1/payments";
export const isVoid = (_method: string, path: string) => path.endsWith("/void");

export const faultOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: AppError) => error,
  );

export async function eventually(check: () => Promise<void>, timeoutMs = 15_000): Promise<void> {
  for (const giveUpAt = Date.now() + timeoutMs; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
    }
  }
}
