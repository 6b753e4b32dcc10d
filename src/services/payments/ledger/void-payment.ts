import type { Database } from "../../../platform/postgres";
import { type Payment, voidOf } from "../domain/payment";
import { recordRefund } from "../store/ledger";
import { insertPayment, lockPayment, setState } from "../store/payments";

/**
 * Calls a payment off, whatever has become of it: when this returns, the key has charged nothing that was not given back, and never
 * will. A key nobody has used becomes a tombstone. May be repeated.
 */
export async function voidPayment(db: Database, key: string): Promise<Payment> {
  return db.transaction(async (tx) => {
    const tombstone = await insertPayment(tx, { key, state: "voided" });
    if (tombstone) return tombstone;
    const payment = (await lockPayment(tx, key)) as Payment;
    const { to, refunds } = voidOf[payment.state];
    if (to === payment.state) return payment;
    if (refunds && payment.charge) await recordRefund(tx, key, payment.charge, `void:${key}`);
    return setState(tx, key, to);
  });
}
