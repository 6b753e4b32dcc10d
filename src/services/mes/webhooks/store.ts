import type { Database, Queryable } from "../../../platform/postgres";
import type { Posted } from "./post";

/** A delivery in this process's hands. */
export type ClaimedDelivery = {
  delivery_id: string;
  fence: number;
  tries: number;
  webhook_id: string;
  order_id: string;
  version: number;
  url: string;
  secret: string;
  /** The order's event of this version, as it is stored. */
  value: Buffer;
  headers: Record<string, string>;
};

export type DeliveryState = "pending" | "delivered" | "failed";

/** What becomes of a delivery after an attempt. `again`: after the wait, but no later than when its time is over; when it is over already, not at all. */
export type Verdict =
  { kind: "delivered" } | { kind: "failed" } | { kind: "again"; waitMs: number; giveUpHours: number };

/**
 * Leases deliveries that are due: at most one of a webhook, the longest due, and leaving out webhooks that are `busy`; the webhooks whose last turn is the longest ago come first.
 * So neither a server that hangs nor one with a thousand deliveries holds up another's. A lease that lapses makes its delivery due again, for any instance.
 */
export function claimDeliveries(
  db: Queryable,
  { limit, leaseMs, busy }: { limit: number; leaseMs: number; busy: readonly string[] },
): Promise<ClaimedDelivery[]> {
  return db.query<ClaimedDelivery>(claimText, [busy, limit, leaseMs]);
}

/** Finds the webhooks with pending deliveries by one step in the index each: their number counts, not that of the deliveries. `now()`, because an index takes no clock that moves. */
export const claimText = `
  WITH RECURSIVE waiting AS (
    (SELECT webhook_id FROM webhook_delivery WHERE state = 'pending' ORDER BY webhook_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.webhook_id FROM webhook_delivery d WHERE d.state = 'pending' AND d.webhook_id > waiting.webhook_id
            ORDER BY d.webhook_id LIMIT 1)
    FROM waiting WHERE waiting.webhook_id IS NOT NULL
  ), turn AS (
    SELECT w.webhook_id FROM waiting JOIN webhook w USING (webhook_id)
    WHERE w.deleted_at IS NULL AND w.disabled_at IS NULL AND NOT w.webhook_id = ANY ($1::uuid[])
      AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.webhook_id AND d.state = 'pending' AND d.due_at <= now())
    ORDER BY w.last_turn_at NULLS FIRST, w.webhook_id LIMIT $2 FOR NO KEY UPDATE OF w SKIP LOCKED
  ), picked AS (
    SELECT first.* FROM turn CROSS JOIN LATERAL (
      SELECT d.delivery_id, d.webhook_id FROM webhook_delivery d
      WHERE d.webhook_id = turn.webhook_id AND d.state = 'pending' AND d.due_at <= now()
      ORDER BY d.due_at, d.delivery_id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) first
  ), noted AS (
    UPDATE webhook w SET last_turn_at = clock_timestamp() FROM picked WHERE w.webhook_id = picked.webhook_id
  )
  UPDATE webhook_delivery d SET fence = d.fence + 1, due_at = clock_timestamp() + $3 * interval '1 millisecond'
  FROM picked JOIN webhook w USING (webhook_id), order_event e
  WHERE d.delivery_id = picked.delivery_id AND e.order_id = d.order_id AND e.version = d.version
  RETURNING d.delivery_id, d.fence, d.tries, d.webhook_id, d.order_id, d.version, w.url, w.secret, e.value, e.headers`;

/** Stores an attempt and what becomes of its delivery, which is returned. Undefined: the lease had lapsed and another has taken it, or it was settled by hand. */
export function settleDelivery(
  db: Database,
  { delivery_id, fence }: Pick<ClaimedDelivery, "delivery_id" | "fence">,
  { at, durationMs, status, error, answer }: Posted,
  verdict: Verdict,
): Promise<DeliveryState | undefined> {
  const { waitMs, giveUpHours } = verdict.kind === "again" ? verdict : { waitMs: 0, giveUpHours: 0 };
  return db.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO webhook_attempt (delivery_id, fence, attempted_at, duration_ms, http_status, error, answer)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [delivery_id, fence, at, durationMs, status ?? null, error, answer],
    );
    // The last attempt is made when the time is over, not before: a wait that would end later is cut short.
    const settled = await tx.maybeOne<{ state: DeliveryState }>(
      `UPDATE webhook_delivery SET tries = tries + 1,
         state = CASE WHEN $3 <> 'again' THEN $3 WHEN now() < pending_since + $5 * interval '1 hour' THEN 'pending' ELSE 'failed' END,
         ended_at = CASE WHEN $3 = 'again' AND now() < pending_since + $5 * interval '1 hour' THEN NULL ELSE now() END,
         due_at = least(now() + $4 * interval '1 millisecond', pending_since + $5 * interval '1 hour')
       WHERE delivery_id = $1 AND fence = $2 AND state = 'pending' RETURNING state`,
      [delivery_id, fence, verdict.kind, waitMs, giveUpHours],
    );
    return settled?.state;
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

/** The same for webhooks that have ended: an order that moved while its partner ended the webhook may have left a delivery behind. */
export async function failOrphans(db: Queryable): Promise<void> {
  await db.execute(
    `UPDATE webhook_delivery d SET state = 'failed', ended_at = clock_timestamp() FROM webhook w
     WHERE w.webhook_id = d.webhook_id AND d.state = 'pending' AND (w.deleted_at IS NOT NULL OR w.disabled_at IS NOT NULL)`,
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
