import type { Metrics } from "../platform/telemetry";
import type { DisagreementKind } from "./kinds";
import { reconciliationDisagreements, reconciliationRepairsTotal } from "./metrics";

/** More of a kind are not kept in mind at once. */
const most = 10_000;

/** The disagreements of one kind that are known now, with how long they have lasted. */
export type Disagreements = {
  /** Adds one, or leaves it as old as it is. `since` (epoch milliseconds) is now by default. */
  note(id: string, since?: number): void;
  settle(id: string): void;
  /** These and no others stand. */
  replace(ids: readonly string[]): void;
  has(id: string): boolean;
  /** All, also those within the bound. */
  ids(): string[];
  /** Those beyond the bound. */
  late(): string[];
  /** Counts a repair that was begun. */
  repaired(): void;
};

/** Opens a kind. Its series exist from now on; the gauge counts what has lasted longer than `boundMs`. */
export function openDisagreements(metrics: Metrics, kind: DisagreementKind, boundMs: number): Disagreements {
  const gauge = metrics.gauge(reconciliationDisagreements).child({ kind });
  const repairs = metrics.counter(reconciliationRepairsTotal).child({ kind });
  const known = new Map<string, number>();
  const late = (): string[] => {
    const bound = Date.now() - boundMs;
    return [...known].flatMap(([id, since]) => (since <= bound ? [id] : []));
  };
  const note = (id: string, since = Date.now()): void => {
    if (!known.has(id) && known.size < most) known.set(id, since);
  };
  gauge.set(0);
  metrics.onCollect(() => gauge.set(late().length));
  return {
    note,
    settle: (id) => void known.delete(id),
    replace(ids) {
      const wanted = new Set(ids);
      for (const id of known.keys()) if (!wanted.has(id)) known.delete(id);
      for (const id of ids) note(id);
    },
    has: (id) => known.has(id),
    ids: () => [...known.keys()],
    late,
    repaired: () => repairs.inc(),
  };
}
