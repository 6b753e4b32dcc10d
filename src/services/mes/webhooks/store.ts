import type { Database, Queryable } from "../../../platform/postgres";
import type { Posted } from "./post";

/** A delivery in this process's hands. */
export type ClaimedDelivery = {
  delivery_id: string;
  fence: number;
  tries: number;
  pending_since: Date;
  webhook_id: string;
  order_id: string;
  version: number;
  url: string;
  secret: string;
  /** The order's event of this version, as it is stored. */
  value: Buffer;
  headers: Record<string, string>;
};

/** What becomes of a delivery after an attempt. */
export type Settled = { state: "pending"; waitMs: number } | { state: "delivered" } | { state: "failed" };

/**
 * Leases deliveries that are due, the longest due first and at most one of a webhook, leaving out webhooks that are `busy`: a server that hangs holds up nobody else. A lease that lapses makes its
 * delivery due again, for any instance.
 */
export function claimDeliveries(
  db: Queryable,
  { limit, leaseMs, busy }: { limit: number; leaseMs: number; busy: readonly string[] },
): Promise<ClaimedDelivery[]> {
  return db.query<ClaimedDelivery>(
    `WITH due AS (
       SELECT delivery_id, webhook_id, due_at FROM webhook_delivery
       WHERE state = 'pending' AND due_at <= clock_timestamp() AND NOT webhook_id = ANY ($1::uuid[])
       ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
     ), first AS (SELECT DISTINCT ON (webhook_id) delivery_id FROM due ORDER BY webhook_id, due_at)
     UPDATE webhook_delivery d SET fence = d.fence + 1, due_at = clock_timestamp() + $3 * interval '1 millisecond'
     FROM first JOIN webhook_delivery USING (delivery_id) JOIN webhook w USING (webhook_id)
       JOIN order_event e USING (order_id, version)
     WHERE d.delivery_id = first.delivery_id
     RETURNING d.delivery_id, d.fence, d.tries, d.pending_since, d.webhook_id, d.order_id, d.version, w.url, w.secret, e.value, e.headers`,
    [busy, limit, leaseMs],
  );
}

/** Stores an attempt and what becomes of its delivery. False: the lease had lapsed and another has taken it, or it was settled by hand. */
export function settleDelivery(
  db: Database,
  { delivery_id, fence }: Pick<ClaimedDelivery, "delivery_id" | "fence">,
  { at, durationMs, status, error, answer }: Posted,
  settled: Settled,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO webhook_attempt (delivery_id, fence, attempted_at, duration_ms, http_status, error, answer)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [delivery_id, fence, at, durationMs, status ?? null, error, answer],
    );
    const waitMs = settled.state === "pending" ? settled.waitMs : 0;
    const touched = await tx.execute(
      `UPDATE webhook_delivery SET state = $3, tries = tries + 1, due_at = clock_timestamp() + $4 * interval '1 millisecond',
         ended_at = CASE WHEN $3 = 'pending' THEN NULL ELSE clock_timestamp() END
       WHERE delivery_id = $1 AND fence = $2 AND state = 'pending'`,
      [delivery_id, fence, settled.state, waitMs],
    );
    return touched > 0;
  });
}

/** Nothing is sent to a webhook any more, and what was still to be sent has failed. */
export function disableWebhook(db: Database, webhookId: string, reason: string): Promise<void> {
  return db.transaction(async (tx) => {
    await tx.execute(
      "UPDATE webhook SET disabled_at = clock_timestamp(), disabled_reason = $2 WHERE webhook_id = $1 AND disabled_at IS NULL",
      [webhookId, reason],
    );
    await failPending(tx, webhookId);
  });
}

/** What is still to be sent to a webhook will not be. */
export async function failPending(tx: Queryable, webhookId: string): Promise<void> {
  await tx.execute(
    "UPDATE webhook_delivery SET state = 'failed', ended_at = clock_timestamp() WHERE webhook_id = $1 AND state = 'pending'",
    [webhookId],
  );
}

/** Age of the delivery that has been pending longest, in seconds; 0 when there is none. */
export async function oldestPendingSeconds(db: Queryable): Promise<number> {
  const { age } = await db.one<{ age: number }>(
    `SELECT coalesce(extract(epoch FROM clock_timestamp() - min(pending_since)), 0)::float8 AS age
     FROM webhook_delivery WHERE state = 'pending'`,
  );
  return age;
}
