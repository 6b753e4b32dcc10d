import type { Database } from "../../../platform/postgres";
import type { CardBehaviour } from "../domain/cards";
import { errors } from "../domain/errors";
import { type Charge, type Payment, sameCharge } from "../domain/payment";
import { recordCapture } from "../store/ledger";
import { insertPayment, lockPayment } from "../store/payments";

/**
 * Charges a card under a key, once: a repeat returns the payment as it stands, with `isNew` false. Throws `keyReused` when the key
 * belongs to another charge, `voidedKey` when it was voided before any charge came. Of two that use a key at the same time one
 * waits for the other's commit.
 */
export async function chargeCard(
  db: Database,
  {
    key,
    charge,
    behaviour,
    lateCaptureMs,
  }: { key: string; charge: Charge; behaviour: CardBehaviour; lateCaptureMs: number },
): Promise<{ payment: Payment; isNew: boolean }> {
  return db.transaction(async (tx) => {
    const { state } = behaviour;
    const inserted = await insertPayment(tx, {
      key,
      state,
      charge,
      ...(state === "authorised" ? { captureInMs: lateCaptureMs } : {}),
    });
    if (inserted) {
      if (state === "captured") await recordCapture(tx, key, charge);
      return { payment: inserted, isNew: true };
    }
    const payment = await lockPayment(tx, key);
    if (!payment?.charge) throw errors.voidedKey({ key });
    if (!sameCharge(payment.charge, charge)) throw errors.keyReused({ key });
    return { payment, isNew: false };
  });
}
