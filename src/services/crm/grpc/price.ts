import { errors } from "../../../baton";
import type { Order } from "../../../gen/alexandrite/order/v1/order";

/** A price that lapsed can no longer be accepted; the expiry loop is about to cancel the order. */
export function mustBeOffered(order: Order, now: Date): void {
  const until = order.price?.validUntil;
  if (until !== undefined && until <= now) {
    throw errors.priceExpired({ orderId: order.orderId, validUntil: until.toISOString() });
  }
}
