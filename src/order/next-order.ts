import { type Order, OrderStatus } from "../gen/alexandrite/order/v1/order";

/**
 * The order one move on. What belongs only to an earlier status is dropped, then `change` applies; who and what the order is, no change can touch. Its dates rise
 * with its versions, whatever the clocks of its holders say.
 */
export function nextOrder(
  order: Order,
  { to, at, change = {} }: { to: OrderStatus; at: Date; change?: Partial<Order> | undefined },
): Order {
  const { orderId, owner, createdAt, updatedAt } = order;
  return {
    ...order,
    ...leftBehind(to),
    ...change,
    orderId,
    owner,
    createdAt,
    version: order.version + 1,
    status: to,
    updatedAt: new Date(Math.max(at.getTime(), (updatedAt?.getTime() ?? 0) + 1)),
  };
}

/** What an order that comes (back) to a status no longer carries. */
function leftBehind(to: OrderStatus): Partial<Order> {
  switch (to) {
    case OrderStatus.ORDER_STATUS_MODEL_UPLOADED:
      return { price: undefined, failure: undefined };
    case OrderStatus.ORDER_STATUS_PAID:
      return { operatorId: "" };
    default:
      return {};
  }
}
