import type { Order } from "../../../gen/alexandrite/order/v1/order";
import type { Transaction } from "../../../platform/postgres";
import { errors } from "../domain/errors";
import { hasUndecidedIntent } from "../store/payment-intents";

/**
 * Throws PAYMENT_OPEN, in the transaction of a move that ends an order, while its card may still be charged. The move has the order's row locked, and
 * whoever opens an intent locks it first: no payment slips in between.
 */
export async function mustHaveNoOpenPayment(tx: Transaction, { orderId }: Order): Promise<void> {
  if (await hasUndecidedIntent(tx, orderId)) throw errors.paymentOpen({ orderId });
}
