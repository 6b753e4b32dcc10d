import { errors } from "../../../baton";
import type { MoveCommand } from "../../../baton";
import type { Order } from "../../../gen/alexandrite/order/v1/order";
import { planted } from "../../../platform/config";
import type { CallContext, Principal } from "../../../platform/grpc";
import { isOwner } from "../domain/ownership";

/** Throws ORDER_NOT_FOUND for an order that is not the caller's: a foreign order answers like a missing one. */
export function mustOwn(order: Order, principal: Principal): void {
  if (!isOwner(order, principal) && !planted("foreign-order-readable"))
    throw errors.orderNotFound({ orderId: order.orderId });
}

/** What every command on an order has in common: which order, as the caller saw it, and in whose name. */
export function commandOf(
  request: { orderId: string; expectedVersion: number; commandId: string },
  { principal, signal, deadlineAt }: CallContext,
): Omit<MoveCommand, "to"> {
  return {
    orderId: request.orderId,
    expectedVersion: request.expectedVersion,
    ...(request.commandId === "" ? {} : { commandId: request.commandId }),
    actor: { role: principal.role, id: principal.id },
    authorize: (order) => mustOwn(order, principal),
    signal,
    deadlineAt,
  };
}
