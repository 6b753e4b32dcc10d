import { isFinal, shortStatus, statuses } from "../../../order";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import { untraced } from "../../../platform/telemetry";
import { ordersActive, ordersOldestSeconds, ordersReached } from "../metrics";
import { standingsOf } from "../store/order-figures";
import { EntryCounts, periods } from "./entry-counts";

const all = statuses.map(shortStatus);
const open = statuses.filter((status) => !isFinal(status)).map(shortStatus);

/** Keeps the business's figures up to date, from what the database holds and not from what this process has seen. Returns what one round does. */
export function measureOrders({ metrics }: ServiceHost, db: Database): () => Promise<void> {
  const entries = new EntryCounts(db);
  const reached = metrics.gauge(ordersReached);
  const active = metrics.gauge(ordersActive);
  const oldest = metrics.gauge(ordersOldestSeconds);

  return () =>
    untraced(async () => {
      for (const standing of await standingsOf(db, open)) {
        active.set({ status: standing.status }, standing.orders);
        oldest.set({ status: standing.status }, standing.oldest);
      }
      await entries.look();
      for (const status of all)
        for (const period of periods) reached.set({ status, period }, entries.count(status, period));
    });
}
