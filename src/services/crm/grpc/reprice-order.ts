import type { Baton } from "../../../baton";
import type { CrmServiceDefinition } from "../../../gen/alexandrite/crm/v1/crm";
import { OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import type { Handlers } from "../../../platform/grpc";
import { commandOf } from "./command";

/** PRICED to MODEL_UPLOADED: MES calculates again, for what the customer wants now. */
export function repriceOrder({
  baton,
}: {
  baton: Baton;
}): Handlers<typeof CrmServiceDefinition>["repriceOrder"] {
  return async (request, call) => ({
    order: await baton.move({
      ...commandOf(request, call),
      from: [OrderStatus.ORDER_STATUS_PRICED],
      to: OrderStatus.ORDER_STATUS_MODEL_UPLOADED,
      change: () => ({ specification: request.specification, price: undefined }),
    }),
  });
}
