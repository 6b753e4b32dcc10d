import { shortStatus, statuses } from "../../../order";
import type { Database } from "../../../platform/postgres";
import { currentSnapshot, entriesOfDay, entriesSince } from "../store/order-figures";

export type Period = "today" | "yesterday" | "month";
export const periods: readonly Period[] = ["today", "yesterday", "month"];

const names = statuses.map(shortStatus);
const dayMs = 86_400_000;
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/**
 * How many orders entered each status for the first time, by period. Each day since the beginning of the month is counted once, in one snapshot of the database; after that
 * only what has been stored since the last look is read. A restart, or a database that has gone back, begins anew and comes to the same figures.
 */
export class EntryCounts {
  readonly #db: Database;
  /** By day, then by status. */
  #days = new Map<string, Map<string, number>>();
  #seen: string | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Brings the counts up to date. */
  async look(now = Date.now()): Promise<void> {
    if (this.#seen === undefined) return this.#countAll(now);
    const { seen, behind, entries } = await entriesSince(this.#db, this.#seen);
    if (behind) return this.#countAll(now);
    const first = firstDay(now);
    for (const { day, status, orders } of entries) if (day >= first) this.#add(day, status, orders);
    for (const day of this.#days.keys()) if (day < first) this.#days.delete(day);
    this.#seen = seen;
  }

  /** Orders that entered the status in the period, as of the last look. */
  count(status: string, period: Period, now = Date.now()): number {
    const of = (day: string): number => this.#days.get(day)?.get(status) ?? 0;
    if (period === "today") return of(dayOf(now));
    if (period === "yesterday") return of(dayOf(now - dayMs));
    const month = dayOf(now).slice(0, 7);
    return [...this.#days.keys()]
      .filter((day) => day.startsWith(month))
      .reduce((sum, day) => sum + of(day), 0);
  }

  async #countAll(now: number): Promise<void> {
    this.#seen = undefined;
    this.#days = new Map();
    this.#seen = await this.#db.transaction(
      async (tx) => {
        const seen = await currentSnapshot(tx);
        // To tomorrow: another service's clock may be ahead.
        for (let at = Date.parse(firstDay(now)); at <= now + dayMs; at += dayMs)
          for (const { status, orders } of await entriesOfDay(tx, names, dayOf(at)))
            this.#add(dayOf(at), status, orders);
        return seen;
      },
      { isolation: "repeatable read" },
    );
  }

  #add(day: string, status: string, orders: number): void {
    const counts = this.#days.get(day) ?? new Map<string, number>();
    counts.set(status, (counts.get(status) ?? 0) + orders);
    this.#days.set(day, counts);
  }
}

/** The first day that any period may ask for. */
function firstDay(now: number): string {
  const yesterday = dayOf(now - dayMs);
  const ofMonth = `${dayOf(now).slice(0, 7)}-01`;
  return yesterday < ofMonth ? yesterday : ofMonth;
}
