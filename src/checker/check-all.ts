import type { Evidence } from "./evidence";
import type { History } from "./history";
import { type Breach, createSeen, type Invariant, invariants, type Need, type Seen } from "./invariants";

export type Checked = {
  /** Names of the invariants that were checked, and of those that had nothing to look at. */
  checked: readonly string[];
  skipped: readonly string[];
  breaches: readonly (Breach & { invariant: string })[];
  orders: number;
  operations: number;
};

/** Checks evidence and history against all invariants, or against those given. Pure: what is on its way counts as it is, so wait for quiescence before reading. */
export function checkAll(
  evidence: Evidence,
  history: History = { operations: [] },
  which: readonly Invariant[] = invariants,
): Checked {
  const seen = createSeen(evidence, history);
  const able = which.filter(({ needs }) => needs.every((need) => has(seen, need)));
  return {
    checked: able.map(({ name }) => name),
    skipped: which.filter((each) => !able.includes(each)).map(({ name }) => name),
    breaches: able.flatMap(({ name, check }) =>
      check(seen).map((breach) => ({ invariant: name, ...breach })),
    ),
    orders: seen.orderIds.length,
    operations: history.operations.length,
  };
}

function has({ evidence, services, operations }: Seen, need: Need): boolean {
  switch (need) {
    case "services":
      return services.length > 0;
    case "history":
      return operations.length > 0;
    default:
      return evidence[need] !== undefined;
  }
}
