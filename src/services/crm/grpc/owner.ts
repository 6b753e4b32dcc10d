import { errors } from "../../../baton";
import type { Order } from "../../../gen/alexandrite/order/v1/order";
import type { Principal } from "../../../platform/grpc";

/** Sellers act on every order, customers and partners on their own: a foreign order answers like a missing one. */
export function mustBeVisible(order: Order, principal: Principal): void {
  if (principal.role === "seller" || principal.role === "service") return;
  if (order.owner?.id !== principal.id) throw errors.orderNotFound({ orderId: order.orderId });
}
