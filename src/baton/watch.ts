import type { Order } from "../gen/alexandrite/order/v1/order";
import { decodeEvent, isFinal } from "../order";
import { planted } from "../platform/config";
import type { Database } from "../platform/postgres";
import type { Arrivals } from "./arrivals";
import { readEvents } from "./rows";

/** The versions of an order as they are stored, each once and in order, until it has ended or `signal` aborts. */
export async function* watchOrder(
  db: Database,
  arrivals: Arrivals,
  orderId: string,
  afterVersion: number,
  signal: AbortSignal,
): AsyncGenerator<Order> {
  let seen = afterVersion;
  do {
    const stored = await readEvents(db, orderId, seen, 100);
    for (const { version, value } of planted("watch-skips") ? stored.slice(-1) : stored) {
      if (signal.aborted) return;
      const { order } = decodeEvent(value);
      seen = version;
      yield order;
      if (isFinal(order.status)) return;
    }
  } while (await arrivals.wait(orderId, seen, { signal }));
}
