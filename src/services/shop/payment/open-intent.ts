import { errors as orderErrors, lockOrder, type MoveCommand } from "../../../baton";
import { Holder, type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { holderOf, shortHolder, shortStatus } from "../../../order";
import type { Database } from "../../../platform/postgres";
import { injectTrace } from "../../../platform/telemetry";
import { errors } from "../domain/errors";
import { isUndecided, type PaymentIntent, paymentKey } from "../domain/payment-intent";
import { insertIntent, intentsOf } from "../store/payment-intents";

/** A wish to pay; the card's number goes no further than to the provider. */
export type PayCommand = Pick<
  MoveCommand,
  "orderId" | "expectedVersion" | "commandId" | "actor" | "authorize" | "signal"
> & {
  deadlineAt: number;
  card: string;
};

/**
 * Commits the intent to charge a card for a CONFIRMED order, or finds the one that the same command has made before (`isNew` false). Throws as a
 * move to PAID would, PAYMENT_OPEN, or PRICE_EXPIRED. The order's row is locked meanwhile, as it is by a cancel and by the price's expiry: they
 * see the intent, or the intent sees them.
 */
export async function openIntent(
  db: Database,
  command: PayCommand,
  graceMs: number,
): Promise<{ intent: PaymentIntent; isNew: boolean }> {
  const { orderId, expectedVersion, commandId, actor, card } = command;
  return db.transaction(async (tx) => {
    const order = await lockOrder(tx, orderId);
    if (!order) throw orderErrors.orderNotFound({ orderId });
    command.authorize?.(order);

    const intents = await intentsOf(tx, orderId);
    const repeated = intents.find((intent) => commandId !== undefined && intent.commandId === commandId);
    if (repeated) return { intent: repeated, isNew: false };
    const price = priceToPay(order, expectedVersion);
    if (intents.some((intent) => isUndecided(intent.state))) throw errors.paymentOpen({ orderId });

    const attempt = intents.length + 1;
    const intent = await insertIntent(
      tx,
      {
        key: paymentKey(orderId, order.version, attempt),
        orderId,
        orderVersion: order.version,
        attempt,
        ...(commandId === undefined ? {} : { commandId }),
        amountMinor: Number(price.totalMinor),
        currency: price.currency,
        cardLast4: card.slice(-4),
        actor,
        trace: injectTrace(),
      },
      graceMs,
    );
    return { intent, isNew: true };
  });
}

/** The price of an order that may be paid, as a move to PAID would see it. */
function priceToPay(order: Order, expectedVersion: number): { totalMinor: bigint; currency: string } {
  const { orderId, version, status, price } = order;
  if (version !== expectedVersion) {
    const holder = holderOf(status);
    // The caller is ahead of us and somebody else had the order last: it is on its way, and did not arrive in time.
    if (version < expectedVersion && holder !== undefined && holder !== Holder.HOLDER_SHOP) {
      throw orderErrors.notHolder({ orderId, holder: shortHolder(holder), version });
    }
    throw orderErrors.versionMismatch({ orderId, expected: expectedVersion, actual: version });
  }
  if (status !== OrderStatus.ORDER_STATUS_CONFIRMED) {
    throw orderErrors.illegalTransition({ orderId, from: shortStatus(status), to: "PAID" });
  }
  if (!price?.validUntil || price.validUntil.getTime() <= Date.now()) {
    throw orderErrors.priceExpired({ orderId, validUntil: price?.validUntil?.toISOString() ?? "never" });
  }
  return price;
}
