import { Order, OrderStatus } from "../gen/alexandrite/order/v1/order";

/** What a move may say about the order beside its status. */
export type OrderChange = Partial<
  Omit<Order, "orderId" | "version" | "status" | "owner" | "createdAt" | "updatedAt">
>;

/** The order after a move. What only an earlier status carries is dropped; its time never runs backwards, whatever the clocks of the services say. */
export function nextOrder(
  order: Order,
  { to, at, change = {} }: { to: OrderStatus; at: Date; change?: OrderChange | undefined },
): Order {
  const { orderId, owner, createdAt, updatedAt } = order;
  return {
    ...withoutLeftovers(order, to),
    ...change,
    orderId,
    owner,
    createdAt,
    version: order.version + 1,
    status: to,
    updatedAt: updatedAt !== undefined && updatedAt > at ? updatedAt : at,
  };
}

/** An order at version 1. */
export function firstOrder(
  { orderId, owner, specification }: Pick<Order, "orderId" | "owner" | "specification">,
  at: Date,
): Order {
  return Order.fromPartial({
    orderId: orderId.toLowerCase(),
    version: 1,
    status: OrderStatus.ORDER_STATUS_CREATED,
    ...(owner && { owner }),
    ...(specification && { specification }),
    createdAt: at,
    updatedAt: at,
  });
}

function withoutLeftovers(order: Order, to: OrderStatus): Order {
  switch (to) {
    case OrderStatus.ORDER_STATUS_MODEL_UPLOADED:
      return { ...order, price: undefined, failure: undefined };
    case OrderStatus.ORDER_STATUS_PAID:
      return { ...order, operatorId: "" };
    default:
      return { ...order, failure: undefined };
  }
}
