import type { Baton } from "../../../baton";
import { isFinal } from "../../../order";
import type { WatchOrderRequest, WatchOrderResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { CallContext } from "../../../platform/grpc";
import { annotate } from "../../../platform/telemetry";
import { mustOwn } from "./command";

/** WatchOrder. Whose an order is shows with its first version; one that has not arrived is waited for. */
export function watchOrder({ baton }: { baton: Baton }) {
  return async function* (
    { orderId, afterVersion }: WatchOrderRequest,
    { principal, signal }: CallContext,
  ): AsyncGenerator<WatchOrderResponse> {
    annotate({ order_id: orderId });
    const known = await baton.get(orderId);
    if (known) {
      mustOwn(known, principal);
      if (isFinal(known.status) && known.version <= afterVersion) return;
    }
    for await (const order of baton.watch(orderId, afterVersion, signal)) {
      mustOwn(order, principal);
      yield { order };
      if (isFinal(order.status)) return;
    }
  };
}
