import type { Queryable } from "../../../platform/postgres";

/** What Shop expects of the provider's ledger for an order. */
export type Expectation = {
  orderId: string;
  status: string;
  version: number;
  /** Of the payment that made the order PAID; empty before. */
  paymentKey: string;
  /** A payment or a void is under way, or a refund is: the ledger may say either. */
  unsettled: boolean;
};

/** Of these orders, those that Shop knows. */
export async function expectationsOf(db: Queryable, orderIds: readonly string[]): Promise<Expectation[]> {
  const rows = await db.query<{
    order_id: string;
    status: string;
    version: number;
    payment_key: string;
    unsettled: boolean;
  }>(
    `SELECT o.order_id, o.status, o.version, coalesce(o.snapshot->>'paymentKey', '') AS payment_key,
       EXISTS (SELECT FROM payment_intent i WHERE i.order_id = o.order_id AND i.state IN ('open', 'voiding'))
       OR EXISTS (SELECT FROM payment_refund r WHERE r.order_id = o.order_id AND r.done_at IS NULL) AS unsettled
     FROM orders o WHERE o.order_id::text = ANY ($1::text[]) AND o.order_id = ANY (
       SELECT id::uuid FROM unnest($1::text[]) AS id WHERE id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')`,
    [orderIds],
  );
  return rows.map((row) => ({
    orderId: row.order_id,
    status: row.status,
    version: row.version,
    paymentKey: row.payment_key,
    unsettled: row.unsettled,
  }));
}

/** Orders that have changed after a place in time and before the last moments, oldest change first. */
export async function changedOrders(
  db: Queryable,
  after: { at: string; id: string },
  settleMs: number,
  limit: number,
): Promise<{ orderId: string; at: string }[]> {
  const rows = await db.query<{ order_id: string; at: string }>(changedStatement, [
    after.at,
    after.id,
    settleMs,
    limit,
  ]);
  return rows.map(({ order_id, at }) => ({ orderId: order_id, at }));
}

export const changedStatement = `
  SELECT order_id, updated_at::text AS at FROM orders
  WHERE (updated_at, order_id) > ($1::timestamptz, $2::uuid) AND updated_at < clock_timestamp() - $3 * interval '1 millisecond'
  ORDER BY updated_at, order_id LIMIT $4`;

/** Hands payments of an order to the refunder: those that were never noted, and those that were noted as done and are not. */
export async function refundAgain(
  db: Queryable,
  { orderId, paymentKey, refundKey }: { orderId: string; paymentKey: string; refundKey: string },
): Promise<void> {
  await db.execute(
    `INSERT INTO payment_refund (refund_key, order_id, payment_key, trace) VALUES ($1, $2, $3, '{}')
     ON CONFLICT (payment_key) DO UPDATE SET done_at = NULL, try_at = now()`,
    [refundKey, orderId, paymentKey],
  );
}
