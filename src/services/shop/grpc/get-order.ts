import { type Baton, errors } from "../../../baton";
import type { GetOrderRequest, GetOrderResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { CallContext } from "../../../platform/grpc";
import { annotate } from "../../../platform/telemetry";
import { mustOwn } from "./command";

/** GetOrder. Services see every order. */
export function getOrder({ baton }: { baton: Baton }) {
  return async ({ orderId }: GetOrderRequest, { principal }: CallContext): Promise<GetOrderResponse> => {
    annotate({ order_id: orderId });
    const order = await baton.get(orderId);
    if (!order) throw errors.orderNotFound({ orderId });
    if (principal.role !== "service") mustOwn(order, principal);
    return { order };
  };
}
