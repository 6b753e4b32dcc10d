import type { Baton } from "../../../baton";
import type { MesServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes";
import { OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import type { Handlers } from "../../../platform/grpc";
import { detach } from "../jobs/attach";
import { commandOf } from "./command";

/** To CANCELLED from wherever MES holds an order and nobody works on it. What waits for a price waits no longer; a payment is refunded by Shop, by the event. */
export function cancelOrder({
  baton,
}: {
  baton: Baton;
}): Handlers<typeof MesServiceDefinition>["cancelOrder"] {
  return async (request, call) => ({
    order: await baton.move(
      {
        ...commandOf(request, call),
        to: OrderStatus.ORDER_STATUS_CANCELLED,
        change: () => ({
          failure: { reason: `CANCELLED_BY_${call.principal.role.toUpperCase()}`, message: request.reason },
        }),
      },
      (tx, { orderId }) => detach(tx, orderId),
    ),
  });
}
