import type { Queryable } from "../../platform/postgres";
import type { IntentRow, LedgerEntry, PaymentEvidence, RefundRow } from "./types";

/** Reads the provider's ledger, and what Shop has under way with it. */
export async function readPayments(shop: Queryable, ledger: Queryable): Promise<PaymentEvidence> {
  return {
    ledger: await ledger.query<LedgerEntry>(
      `SELECT payment_key AS "paymentKey", reference AS "orderId", kind, amount_minor::float8 AS "amountMinor"
       FROM ledger_entry ORDER BY entry_id`,
    ),
    intents: await shop.query<IntentRow>(
      `SELECT key, order_id AS "orderId", state FROM payment_intent ORDER BY order_id, attempt`,
    ),
    refunds: await shop.query<RefundRow>(
      `SELECT order_id AS "orderId", payment_key AS "paymentKey", done_at IS NOT NULL AS "isDone" FROM payment_refund ORDER BY refund_key`,
    ),
  };
}
