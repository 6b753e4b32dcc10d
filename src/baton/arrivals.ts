import { suppressTracing } from "@opentelemetry/core";
import type { Database } from "../platform/postgres";
import { context, ROOT_CONTEXT } from "../platform/telemetry";

type Waiter = { version: number; done: (came: boolean) => void };

/** How often the database is asked while somebody waits, in milliseconds. */
const lookMs = 50;

/**
 * Where watchers and early commands wait for an order's next version. It is the database that is asked, for all of them at once, because another instance may
 * be the one that writes it; a word from this process only makes the look come sooner.
 */
export class Arrivals {
  readonly #db: Database;
  readonly #waiting = new Map<string, Set<Waiter>>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #again = false;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Says that an order has changed in this process. */
  tell(orderId: string): void {
    if (this.#waiting.has(orderId.toLowerCase())) this.#look();
  }

  /** True as soon as the order is stored with a higher version than `version`; false at `until` (epoch milliseconds) or when `signal` aborts. */
  wait(
    orderId: string,
    version: number,
    { until, signal }: { until?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<boolean> {
    const leftMs = until === undefined ? undefined : until - Date.now();
    if (signal?.aborted || (leftMs !== undefined && leftMs <= 0)) return Promise.resolve(false);
    const key = orderId.toLowerCase();
    return new Promise((resolve) => {
      const done = (came: boolean): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
        this.#forget(key, waiter);
        resolve(came);
      };
      const giveUp = (): void => done(false);
      const waiter: Waiter = { version, done };
      const timer = leftMs === undefined ? undefined : setTimeout(giveUp, leftMs);
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#waiting.set(key, (this.#waiting.get(key) ?? new Set()).add(waiter));
      this.#look();
    });
  }

  /** Lets everybody go. */
  async close(): Promise<void> {
    for (const waiter of [...this.#waiting.values()].flatMap((each) => [...each])) waiter.done(false);
    await this.#looking;
  }

  #forget(orderId: string, waiter: Waiter): void {
    const waiters = this.#waiting.get(orderId);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiting.delete(orderId);
    if (this.#waiting.size === 0) clearTimeout(this.#timer);
  }

  #look(): void {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#again = false;
    // Neither in the trace nor under the deadline of whoever happens to wait: it is asked for all.
    this.#looking = context
      .with(suppressTracing(ROOT_CONTEXT), () => this.#ask())
      .catch(() => undefined)
      .then(() => {
        this.#looking = undefined;
        if (this.#waiting.size === 0) return;
        if (this.#again) this.#look();
        else this.#timer = setTimeout(() => this.#look(), lookMs);
      });
  }

  async #ask(): Promise<void> {
    const rows = await this.#db.query<{ order_id: string; version: number }>(
      "SELECT order_id, version FROM orders WHERE order_id = ANY ($1::uuid[])",
      [[...this.#waiting.keys()]],
    );
    for (const { order_id, version } of rows) {
      for (const waiter of [...(this.#waiting.get(order_id) ?? [])])
        if (version > waiter.version) waiter.done(true);
    }
  }
}
