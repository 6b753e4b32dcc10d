import { errors } from "../../../baton";
import type { Order } from "../../../gen/alexandrite/order/v1/order";
import type { Principal } from "../../../platform/grpc";

/** Customers and partners see their own orders; a foreign one answers like a missing one. */
export function mustBeVisible(order: Order, { role, id }: Principal): void {
  if (role === "service" || role === "operator") return;
  if (order.owner?.id !== id) throw errors.orderNotFound({ orderId: order.orderId });
}
