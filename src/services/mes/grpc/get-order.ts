import { type Baton, errors } from "../../../baton";
import type { MesServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes";
import type { Handlers } from "../../../platform/grpc";
import { mustBeVisible } from "./visibility";

export function getOrder({ baton }: { baton: Baton }): Handlers<typeof MesServiceDefinition>["getOrder"] {
  return async ({ orderId }, { principal }) => {
    const order = await baton.get(orderId);
    if (!order) throw errors.orderNotFound({ orderId });
    mustBeVisible(order, principal);
    return { order };
  };
}
