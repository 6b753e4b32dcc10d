import type { Baton } from "../../../baton";
import type { MesOperatorServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes_operator";
import { type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import type { CallContext, Handlers } from "../../../platform/grpc";
import { errors } from "../domain/errors";
import { commandOf } from "./command";

type Moves = Pick<
  Handlers<typeof MesOperatorServiceDefinition>,
  "takeOrder" | "giveBackOrder" | "finishOrder" | "packOrder" | "shipOrder" | "rejectOrder"
>;

const S = OrderStatus;

/** An order's way through the workshop: one table of moves, because they differ in nothing else. */
export function operatorMoves({ baton }: { baton: Baton }): Moves {
  return {
    takeOrder: async (request, call) => ({
      order: await baton.move({
        ...commandOf(request, call),
        from: [S.ORDER_STATUS_PAID],
        to: S.ORDER_STATUS_IN_PRODUCTION,
        change: () => ({ operatorId: call.principal.id }),
      }),
    }),
    giveBackOrder: async (request, call) => ({
      order: await baton.move({
        ...commandOf(request, call),
        from: [S.ORDER_STATUS_IN_PRODUCTION],
        to: S.ORDER_STATUS_PAID,
        check: (order) => mustBeTheirs(order, call),
        change: () => ({ operatorId: "" }),
      }),
    }),
    finishOrder: async (request, call) => ({
      order: await baton.move({
        ...commandOf(request, call),
        from: [S.ORDER_STATUS_IN_PRODUCTION],
        to: S.ORDER_STATUS_MANUFACTURED,
        check: (order) => mustBeTheirs(order, call),
      }),
    }),
    packOrder: async (request, call) => ({
      order: await baton.move({
        ...commandOf(request, call),
        from: [S.ORDER_STATUS_MANUFACTURED],
        to: S.ORDER_STATUS_PACKED,
      }),
    }),
    shipOrder: async (request, call) => ({
      order: await baton.move({
        ...commandOf(request, call),
        from: [S.ORDER_STATUS_PACKED],
        to: S.ORDER_STATUS_SHIPPED,
        change: () => ({ trackingNumber: request.trackingNumber }),
      }),
    }),
    rejectOrder: async (request, call) => ({
      order: await baton.move({
        ...commandOf(request, call),
        from: [S.ORDER_STATUS_PAID],
        to: S.ORDER_STATUS_CANCELLED,
        change: () => ({ failure: { reason: "REJECTED_BY_OPERATOR", message: request.reason } }),
      }),
    }),
  };
}

function mustBeTheirs({ orderId, operatorId }: Order, { principal }: CallContext): void {
  if (operatorId !== principal.id) throw errors.notYourOrder({ orderId, operatorId });
}
