import type { Baton } from "../../../baton";
import { isFinal } from "../../../order";
import type { WatchOrderRequest, WatchOrderResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { CallContext } from "../../../platform/grpc";
import { annotate } from "../../../platform/telemetry";
import { isOwner } from "../domain/ownership";

/** WatchOrder. One that has not arrived is waited for up to the deadline; so is a foreign one, because whoever is told at once knows that it is there. */
export function watchOrder({ baton }: { baton: Baton }) {
  return async function* (
    { orderId, afterVersion }: WatchOrderRequest,
    { principal, signal }: CallContext,
  ): AsyncGenerator<WatchOrderResponse> {
    annotate({ order_id: orderId });
    const known = await baton.get(orderId);
    if (known) {
      if (!isOwner(known, principal)) return waitInVain(signal);
      if (isFinal(known.status) && known.version <= afterVersion) return;
    }
    for await (const order of baton.watch(orderId, afterVersion, signal)) {
      if (!isOwner(order, principal)) return waitInVain(signal);
      yield { order };
      if (isFinal(order.status)) return;
    }
  };
}

async function waitInVain(signal: AbortSignal): Promise<void> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
