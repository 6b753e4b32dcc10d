import type { WatchOrderResponse } from "../../gen/alexandrite/shop/v1/shop";
import { pause } from "./again";
import { viewOf } from "../../tools/demo/staff-door";
import type { World } from "./world";

/** An order is followed no longer than this, in milliseconds. */
const longestMs = 20_000;

/** Follows one new order after the other by a stream, opens it again where it broke off, and goes on with the next when the order has ended. */
export async function watch(world: World, name: string): Promise<void> {
  const { recorder, people, recent, signal } = world;
  while (await pause(world, 300)) {
    const order = recent.newest();
    const buyer = people.buyers.find((each) => each.name === order?.buyer);
    if (!order || !buyer) continue;
    const { orderId } = order;
    const client = recorder.client(name, buyer.caller);
    const over = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
    for (let afterVersion = 0; !over.aborted;) {
      const { outcome, seen } = await client.watch(
        { kind: "watch", name: "watch", store: "shop", orderId, afterVersion },
        () =>
          people.shop.watchOrder({ orderId, afterVersion }, { metadata: buyer.credentials, signal: over }),
        (message: WatchOrderResponse) => viewOf(message.order!),
      );
      afterVersion += seen.length;
      if (outcome === "ok" || !(await pause({ signal: over }, 200))) break;
    }
  }
}
