import type { Baton } from "../../../baton";
import type { CrmServiceDefinition } from "../../../gen/alexandrite/crm/v1/crm";
import { OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import type { Handlers } from "../../../platform/grpc";
import { commandOf } from "./command";

/** PRICED to CANCELLED. */
export function cancelOrder({
  baton,
}: {
  baton: Baton;
}): Handlers<typeof CrmServiceDefinition>["cancelOrder"] {
  return async (request, call) => ({
    order: await baton.move({
      ...commandOf(request, call),
      from: [OrderStatus.ORDER_STATUS_PRICED],
      to: OrderStatus.ORDER_STATUS_CANCELLED,
      change: () => ({
        failure: { reason: `CANCELLED_BY_${call.principal.role.toUpperCase()}`, message: request.reason },
      }),
    }),
  });
}
