import { setTimeout as sleep } from "node:timers/promises";
import type { Order } from "../gen/alexandrite/order/v1/order";
import { decodeEvent, isFinal } from "../order";
import type { Database } from "../platform/postgres";
import { readEvents } from "./rows";

/** How often the database is asked, in milliseconds. */
const lookMs = 100;

/** In-process word that an order has changed. It only shortens the wait: what a watcher sees always comes from the database, so all instances show the same. */
export class Hints {
  readonly #waiting = new Map<string, Set<() => void>>();

  tell(orderId: string): void {
    for (const wake of this.#waiting.get(orderId) ?? []) wake();
  }

  async wait(orderId: string, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    const waiting = this.#waiting.get(orderId) ?? new Set();
    this.#waiting.set(orderId, waiting.add(wake));
    try {
      await sleep(lookMs, undefined, { signal: AbortSignal.any([signal, woken.signal]) });
    } catch {
      // Woken, or nobody watches any more: either way it is time to look.
    } finally {
      waiting.delete(wake);
      if (waiting.size === 0) this.#waiting.delete(orderId);
    }
  }
}

/** The versions of an order as they are stored, each once and in order, until it has ended. */
export async function* watchOrder(
  db: Database,
  hints: Hints,
  orderId: string,
  afterVersion: number,
  signal: AbortSignal,
): AsyncGenerator<Order> {
  let seen = afterVersion;
  while (!signal.aborted) {
    for (const { version, value } of await readEvents(db, orderId, seen, 100)) {
      const { order } = decodeEvent(value);
      seen = version;
      if (!order) continue;
      yield order;
      if (isFinal(order.status)) return;
    }
    await hints.wait(orderId, signal);
  }
}
