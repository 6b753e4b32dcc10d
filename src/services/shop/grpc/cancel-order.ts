import type { Baton } from "../../../baton";
import type { CrmServiceDefinition } from "../../../gen/alexandrite/crm/v1/crm";
import type { MesServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes";
import { Holder, type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import type { CancelOrderRequest, CancelOrderResponse } from "../../../gen/alexandrite/shop/v1/shop";
import { holderOf } from "../../../order";
import { AppError } from "../../../platform/errors";
import type { CallContext, Client } from "../../../platform/grpc";
import { annotate } from "../../../platform/telemetry";
import { mustHaveNoOpenPayment } from "../payment/no-open-payment";
import { commandOf, mustOwn } from "./command";

export type CancelOrderOptions = {
  baton: Baton;
  crm: Client<typeof CrmServiceDefinition>;
  mes: Client<typeof MesServiceDefinition>;
};

/** An order moves on while a command looks for its holder; one that it does not catch up with in so many hops is the caller's to send again. */
const maxHops = 3;

/**
 * CancelOrder. Goes to whoever holds the order by Shop's own row, or to MES for an order that Shop has not heard of, and from there to whom they
 * name. What Shop holds itself is cancelled here, unless a payment is open.
 */
export function cancelOrder({ baton, crm, mes }: CancelOrderOptions) {
  async function cancelHere(request: CancelOrderRequest, call: CallContext): Promise<Order> {
    const reason = `CANCELLED_BY_${call.principal.role.toUpperCase()}`;
    return baton.move(
      {
        ...commandOf(request, call),
        from: [OrderStatus.ORDER_STATUS_CONFIRMED],
        to: OrderStatus.ORDER_STATUS_CANCELLED,
        change: () => ({ failure: { reason, message: request.reason } }),
      },
      mustHaveNoOpenPayment,
    );
  }

  async function cancelAt(
    holder: Holder,
    request: CancelOrderRequest,
    call: CallContext,
  ): Promise<Order | undefined> {
    switch (holder) {
      case Holder.HOLDER_SHOP:
        return cancelHere(request, call);
      case Holder.HOLDER_CRM:
        return (await crm.cancelOrder(request)).order;
      default:
        return (await mes.cancelOrder(request)).order;
    }
  }

  return async (request: CancelOrderRequest, call: CallContext): Promise<CancelOrderResponse> => {
    annotate({ order_id: request.orderId });
    const known = await baton.get(request.orderId);
    if (known) mustOwn(known, call.principal);
    // Nobody holds an order that has ended: we can say so as well as anybody, and know whether this command was it.
    let holder = known ? (holderOf(known.status) ?? Holder.HOLDER_SHOP) : Holder.HOLDER_MES;
    for (let hop = 1; ; hop++) {
      try {
        return { order: await cancelAt(holder, request, call) };
      } catch (error) {
        const next = holderNamedBy(error);
        if (next === undefined || hop === maxHops) throw error;
        holder = next;
      }
    }
  };
}

/** The holder that a NOT_HOLDER error names; undefined for any other error. */
function holderNamedBy(error: unknown): Holder | undefined {
  if (!(error instanceof AppError) || error.reason !== "NOT_HOLDER") return undefined;
  const name = error.details["holder"] ?? "";
  return Object.values(Holder).find((holder) => holder === name || holder === `HOLDER_${name}`);
}
