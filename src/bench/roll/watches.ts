import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ShopServiceDefinition } from "../../gen/alexandrite/shop/v1/shop";
import { openClient, withoutCredentials } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import { addressesOf } from "../../stack/instances";
import type { Settings } from "../../stack/settings";
import type { People } from "./people";

export type Watches = { reopened: number; failed: number; stop(): Promise<void> };

/**
 * Streams on orders that do not move. An instance that stops ends its streams with UNAVAILABLE, reason STOPPING, and whoever watches opens the next one at once, which
 * must bring the order: one that ends without a message has failed.
 */
export async function openWatches(
  host: ServiceHost,
  settings: Settings,
  { customer, tokens }: People,
  count: number,
): Promise<Watches> {
  const shop = await host.own(
    openClient(host, ShopServiceDefinition, {
      address: addressesOf(settings, "shop", "shop"),
      credentials: withoutCredentials(),
    }),
  );
  const over = new AbortController();
  const watches: Watches = {
    reopened: -count,
    failed: 0,
    async stop() {
      over.abort();
      await Promise.all(running);
    },
  };
  const keep = async (): Promise<void> => {
    const { orderId } = await customer.create(randomUUID(), 1);
    while (!over.signal.aborted) {
      let messages = 0;
      watches.reopened += 1;
      try {
        const metadata = { authorization: `Bearer ${tokens.customer}` };
        for await (const _order of shop.watchOrder(
          { orderId, afterVersion: 0 },
          { metadata, signal: over.signal },
        ))
          messages += 1;
      } catch (error) {
        if (over.signal.aborted) return;
        if (messages > 0) continue;
        watches.failed += 1;
        console.error(`A watch failed before its first message: ${(error as Error).message}`);
        await sleep(100);
      }
    }
  };
  const running = Array.from({ length: count }, keep);
  return watches;
}
