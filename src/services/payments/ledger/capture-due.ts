import type { Database } from "../../../platform/postgres";
import { recordCapture } from "../store/ledger";
import { lockDuePayments, setState } from "../store/payments";

/** Captures the authorised payments whose time has come, `limit` at most; returns how many. Safe in several instances at once. */
export async function captureDue(db: Database, limit = 100): Promise<number> {
  return db.transaction(async (tx) => {
    const due = await lockDuePayments(tx, limit);
    for (const { key, charge } of due) {
      if (!charge) continue;
      await recordCapture(tx, key, charge);
      await setState(tx, key, "captured");
    }
    return due.length;
  });
}
