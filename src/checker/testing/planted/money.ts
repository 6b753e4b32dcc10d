import { Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import type { Database } from "../../../platform/postgres";
import { testDatabase } from "../../../platform/testing";
import { chargeCard } from "../../../services/payments/ledger/charge-card";
import { refundPayment } from "../../../services/payments/ledger/refund-payment";
import { paymentsMigrations } from "../../../services/payments/store/migrations";
import type { PaymentProvider } from "../../../services/shop/payment/provider";
import { refundCancelled } from "../../../services/shop/payment/refund-cancelled";
import { startRefunder } from "../../../services/shop/payment/start-refunder";
import { shopMigrations } from "../../../services/shop/store/migrations";
import type { Scenario } from "./scenario";
import { Stage } from "./stage";

const S = OrderStatus;
const price = Order.fromPartial({ price: { totalMinor: 1_500n, unitMinor: 1_500n, currency: "EUR" } }).price;

/** Shop with its refunder, and the provider's ledger. */
async function open(): Promise<Stage> {
  const stage = await Stage.open({
    migrations: { SHOP: shopMigrations },
    onApplied: { SHOP: (tx, after) => refundCancelled(tx, after) },
  });
  const database = await testDatabase(paymentsMigrations);
  stage.atEnd.push(() => database.drop());
  const ledger = await database.open(stage.host);
  const shop = stage.world.services.SHOP.db;
  const refund = (key: string, refundKey: string) => refundPayment(ledger, key, refundKey);
  await stage.host.own(
    startRefunder(stage.host, { db: shop, provider: { refund } as unknown as PaymentProvider, pollMs: 100 }),
  );
  stage.more.payments = { shop, ledger };
  return stage;
}

/** Pays an order, and cancels it. */
async function payAndCancel(stage: Stage): Promise<void> {
  const created = await stage.create();
  const uploaded = await stage.move("MES", created, S.ORDER_STATUS_MODEL_UPLOADED);
  const priced = await stage.move("MES", uploaded, S.ORDER_STATUS_PRICED, { change: () => ({ price }) });
  const confirmed = await stage.move("CRM", priced, S.ORDER_STATUS_CONFIRMED);
  const key = `${created.orderId}:pay`;
  await chargeCard(stage.more.payments!.ledger as Database, {
    key,
    charge: {
      amountMinor: 1_500,
      currency: "EUR",
      cardToken: "card_1",
      cardLast4: "4242",
      reference: created.orderId,
    },
    behaviour: { state: "captured", holds: false },
    lateCaptureMs: 0,
  });
  const paid = await stage.move("SHOP", confirmed, S.ORDER_STATUS_PAID, {
    change: () => ({ paymentKey: key }),
  });
  await stage.move("MES", paid, S.ORDER_STATUS_CANCELLED);
  await stage.world.level(created.orderId, 6);
}

const refundForgotten: Scenario = {
  bug: "refund-forgotten",
  foundBy: "payments-balance",
  stage: open,
  run: payAndCancel,
};

const refundTwice: Scenario = {
  bug: "refund-twice",
  foundBy: "payments-balance",
  stage: open,
  async run(stage) {
    // The database would refuse it too.
    await (stage.more.payments!.ledger as Database).execute("DROP INDEX ledger_entry_once");
    await payAndCancel(stage);
  },
};

export const moneyScenarios: readonly Scenario[] = [refundForgotten, refundTwice];
