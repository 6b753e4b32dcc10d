import type { PayOrderRequest, PayOrderResponse } from "../../../gen/alexandrite/shop/v1/shop";
import { shortStatus } from "../../../order";
import type { CallContext } from "../../../platform/grpc";
import { annotate } from "../../../platform/telemetry";
import type { Cashier } from "../payment/cashier";
import { commandOf } from "./command";

/** PayOrder. */
export function payOrder({ cashier }: { cashier: Cashier }) {
  return async (request: PayOrderRequest, call: CallContext): Promise<PayOrderResponse> => {
    annotate({ order_id: request.orderId });
    const { card } = request;
    const order = await cashier.pay({ ...commandOf(request, call), deadlineAt: call.deadlineAt, card });
    // The payment is settled outside of the call, for its caller may leave before.
    annotate({ order_status: shortStatus(order.status), order_version: String(order.version) });
    return { order };
  };
}
