import type { Baton } from "../../../baton";
import type { CrmServiceDefinition } from "../../../gen/alexandrite/crm/v1/crm";
import { OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import type { Handlers } from "../../../platform/grpc";
import { commandOf } from "./command";

/** SHIPPED to DELIVERED: the order's happy end. */
export function confirmDelivery({
  baton,
}: {
  baton: Baton;
}): Handlers<typeof CrmServiceDefinition>["confirmDelivery"] {
  return async (request, call) => ({
    order: await baton.move({
      ...commandOf(request, call),
      from: [OrderStatus.ORDER_STATUS_SHIPPED],
      to: OrderStatus.ORDER_STATUS_DELIVERED,
    }),
  });
}
