import type { Baton } from "../../../baton";
import type { CrmServiceDefinition } from "../../../gen/alexandrite/crm/v1/crm";
import { OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import type { Handlers } from "../../../platform/grpc";
import { mustBeOffered } from "./price";
import { commandOf } from "./command";

/** PRICED to CONFIRMED: from now on Shop waits for the payment. */
export function confirmOrder({
  baton,
}: {
  baton: Baton;
}): Handlers<typeof CrmServiceDefinition>["confirmOrder"] {
  return async (request, call) => ({
    order: await baton.move({
      ...commandOf(request, call),
      from: [OrderStatus.ORDER_STATUS_PRICED],
      to: OrderStatus.ORDER_STATUS_CONFIRMED,
      check: (order) => mustBeOffered(order, new Date()),
    }),
  });
}
