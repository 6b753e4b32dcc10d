import { planted } from "../../../platform/config";
import type { Database } from "../../../platform/postgres";
import { errors } from "../domain/errors";
import type { Payment } from "../domain/payment";
import { paymentOfRefund, recordRefund } from "../store/ledger";
import { lockPayment, setState } from "../store/payments";

/**
 * Gives a captured payment back, whole and once; a repeat with the same refund key returns the payment as it stands. Throws `unknownKey`,
 * `notCaptured`, `alreadyRefunded` (by another refund key, or by a void) or `keyReused` (the refund key gave another payment back).
 */
export async function refundPayment(db: Database, key: string, refundKey: string): Promise<Payment> {
  return db.transaction(async (tx) => {
    const payment = await lockPayment(tx, key);
    if (!payment) throw errors.unknownKey({ key });
    const usedFor = await paymentOfRefund(tx, refundKey);
    if (usedFor === key) return payment;
    if (usedFor !== undefined) throw errors.keyReused({ key: refundKey });
    if (payment.state === "refunded") throw errors.alreadyRefunded({ key, refundKey });
    if (payment.state !== "captured" || !payment.charge)
      throw errors.notCaptured({ key, state: payment.state });
    // Somebody else may have committed the same refund key for another payment since we looked.
    if (!(await recordRefund(tx, key, payment.charge, refundKey))) throw errors.keyReused({ key: refundKey });
    if (planted("refund-twice")) await recordRefund(tx, key, payment.charge, `${refundKey}/again`);
    return setState(tx, key, "refunded");
  });
}
