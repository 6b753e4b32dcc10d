import type { Queryable, Transaction } from "../../../platform/postgres";

/** A refund that has to be made, or was. */
export type Refund = {
  /** The provider makes one refund per key, whatever happens. */
  refundKey: string;
  orderId: string;
  paymentKey: string;
  /** W3C trace headers of what made it necessary. */
  trace: Record<string, string>;
};

type RefundRow = { refund_key: string; order_id: string; payment_key: string; trace: Record<string, string> };

/** Notes that a payment has to go back; a payment is noted once. */
export async function insertRefund(tx: Transaction, refund: Refund): Promise<void> {
  await tx.execute(
    `INSERT INTO payment_refund (refund_key, order_id, payment_key, trace) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING`,
    [refund.refundKey, refund.orderId, refund.paymentKey, JSON.stringify(refund.trace)],
  );
}

/** Takes up to `limit` refunds that are due; they are due again after `leaseMs`, whatever becomes of whoever took them. `tries` counts the times. */
export async function claimDueRefunds(
  db: Queryable,
  limit: number,
  leaseMs: number,
): Promise<(Refund & { tries: number })[]> {
  const rows = await db.query<RefundRow & { tries: number }>(
    `UPDATE payment_refund SET tries = tries + 1,
       try_at = now() + $2::float8 * interval '1 millisecond'
     WHERE refund_key IN (
       SELECT refund_key FROM payment_refund WHERE done_at IS NULL AND try_at <= now()
       ORDER BY try_at LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING refund_key, order_id, payment_key, trace, tries`,
    [limit, leaseMs],
  );
  return rows.map((row) => ({
    refundKey: row.refund_key,
    orderId: row.order_id,
    paymentKey: row.payment_key,
    trace: row.trace,
    tries: row.tries,
  }));
}

/** Puts a refund off by `ms`. */
export async function retryRefundIn(db: Queryable, refundKey: string, ms: number): Promise<void> {
  await db.execute(
    `UPDATE payment_refund SET try_at = now() + $2::float8 * interval '1 millisecond'
     WHERE refund_key = $1 AND done_at IS NULL`,
    [refundKey, ms],
  );
}

/** Notes that a refund was made. */
export async function markRefunded(db: Queryable, refundKey: string): Promise<boolean> {
  const marked = await db.execute(
    "UPDATE payment_refund SET done_at = now() WHERE refund_key = $1 AND done_at IS NULL",
    [refundKey],
  );
  return marked === 1;
}

/** How many refunds are still to be made, and for how long the oldest has been, in seconds. */
export async function pendingRefunds(db: Queryable): Promise<{ count: number; oldestSeconds: number }> {
  const row = await db.one<{ count: number; oldest: number }>(
    `SELECT count(*) AS count, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest
     FROM payment_refund WHERE done_at IS NULL`,
  );
  return { count: row.count, oldestSeconds: row.oldest };
}
