import type { Holder } from "../gen/alexandrite/order/v1/order";
import { decideMove, holderOf, type MoveDecision, type MoveWish, type Standing } from "../order";
import { planted } from "../platform/config";

/** `decideMove`, and where such a bug is planted a decision that does not look at the version or at the holder. */
export function decide(row: Standing | undefined, wish: MoveWish, self: Holder): MoveDecision {
  if (row && planted("no-version-guard"))
    return decideMove(row, { ...wish, expectedVersion: row.version }, self);
  if (row && planted("holder-not-asked")) return decideMove(row, wish, holderOf(row.status) ?? self);
  return decideMove(row, wish, self);
}
