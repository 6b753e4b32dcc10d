import { type Baton, errors } from "../../../baton";
import type { MesOperatorServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes_operator";
import { OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import type { Handlers } from "../../../platform/grpc";

type Lists = Pick<Handlers<typeof MesOperatorServiceDefinition>, "listQueue" | "getProductionOrder">;

/** What operators look at: what waits to be made, the longest waiting first, and single orders. */
export function operatorLists({ baton }: { baton: Baton }): Lists {
  return {
    listQueue: async ({ statuses, material, pageSize, pageToken, mine }, { principal }) =>
      baton.list({
        statuses: statuses.length > 0 ? statuses : [OrderStatus.ORDER_STATUS_PAID],
        ...(material !== "" && { material }),
        ...(mine && { operatorId: principal.id }),
        order: "oldest",
        pageSize: pageSize || 20,
        pageToken,
      }),
    async getProductionOrder({ orderId }) {
      const order = await baton.get(orderId);
      if (!order) throw errors.orderNotFound({ orderId });
      return { order };
    },
  };
}
