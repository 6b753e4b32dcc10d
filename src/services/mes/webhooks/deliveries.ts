import {
  type WebhookAttempt,
  type WebhookDelivery,
  WebhookDeliveryState as State,
} from "../../../gen/alexandrite/mes/v1/mes";
import type { Database, Queryable } from "../../../platform/postgres";
import { errors } from "../domain/errors";

type DeliveryRow = {
  delivery_id: string;
  webhook_id: string;
  order_id: string;
  version: number;
  state: "pending" | "delivered" | "failed";
  created_at: Date;
  due_at: Date;
};
type AttemptRow = {
  delivery_id: string;
  attempted_at: Date;
  duration_ms: number;
  http_status: number | null;
  error: string;
  answer: string;
};

export type DeliveryQuery = {
  webhookId: string;
  state: State;
  limit: number;
  before: { at: Date; deliveryId: string } | undefined;
};

const columns = "d.delivery_id, d.webhook_id, d.order_id, d.version, d.state, d.created_at, d.due_at";
const states: Readonly<Record<DeliveryRow["state"], State>> = {
  pending: State.WEBHOOK_DELIVERY_STATE_PENDING,
  delivered: State.WEBHOOK_DELIVERY_STATE_DELIVERED,
  failed: State.WEBHOOK_DELIVERY_STATE_FAILED,
};

/** What a page's attempts, and those of one delivery, may take: a message has a bound, and partners choose what is in them. */
const mostBytes = { page: 512 * 1_024, delivery: 64 * 1_024 };

/** Deliveries of a webhook with their attempts, the newest first; fewer than the limit when their attempts are long. `more`: there may be more. */
export async function listDeliveries(
  db: Queryable,
  query: DeliveryQuery,
): Promise<{ deliveries: WebhookDelivery[]; more: boolean }> {
  const state = Object.entries(states).find(([, each]) => each === query.state)?.[0] ?? null;
  const rows = await db.query<DeliveryRow>(
    `SELECT ${columns} FROM webhook_delivery d
     WHERE webhook_id = $1 AND ($2::text IS NULL OR state = $2)
       AND ($3::timestamptz IS NULL OR (created_at, delivery_id) < ($3, $4::uuid))
     ORDER BY created_at DESC, delivery_id DESC LIMIT $5`,
    [query.webhookId, state, query.before?.at ?? null, query.before?.deliveryId ?? null, query.limit],
  );
  const found = await withAttempts(db, rows);
  let left = mostBytes.page;
  const tooFar = found.findIndex(({ attempts }) => (left -= bytesOf(attempts)) < 0);
  const deliveries = tooFar < 0 ? found : found.slice(0, Math.max(1, tooFar));
  return { deliveries, more: deliveries.length < found.length || found.length === query.limit };
}

/** Makes a delivery of this partner due now, whatever came of it. Throws DELIVERY_NOT_FOUND, WEBHOOK_DISABLED. */
export function resend(db: Database, deliveryId: string, partnerId: string): Promise<WebhookDelivery> {
  return db.transaction(async (tx) => {
    const found = await tx.maybeOne<{ webhook_id: string; disabled_at: Date | null }>(
      `SELECT w.webhook_id, w.disabled_at FROM webhook_delivery d JOIN webhook w USING (webhook_id)
       WHERE d.delivery_id = $1 AND w.partner_id::text = $2 AND w.deleted_at IS NULL FOR UPDATE OF d`,
      [deliveryId, partnerId],
    );
    if (!found) throw errors.deliveryNotFound({ deliveryId });
    if (found.disabled_at) throw errors.webhookDisabled({ webhookId: found.webhook_id });
    // Under a new fence: an attempt that is under way settles nothing any more.
    const row = await tx.one<DeliveryRow>(
      `UPDATE webhook_delivery d SET state = 'pending', fence = fence + 1, tries = 0, ended_at = NULL,
         due_at = clock_timestamp(), pending_since = clock_timestamp() WHERE delivery_id = $1 RETURNING ${columns}`,
      [deliveryId],
    );
    const [delivery] = await withAttempts(tx, [row]);
    if (!delivery) throw new Error("A delivery that was updated is missing.");
    return delivery;
  });
}

async function withAttempts(db: Queryable, rows: readonly DeliveryRow[]): Promise<WebhookDelivery[]> {
  if (rows.length === 0) return [];
  const attempts = await db.query<AttemptRow>(
    `SELECT delivery_id, attempted_at, duration_ms, http_status, error, answer FROM webhook_attempt
     WHERE delivery_id = ANY ($1::uuid[]) ORDER BY fence`,
    [rows.map(({ delivery_id }) => delivery_id)],
  );
  return rows.map((row) => ({
    deliveryId: row.delivery_id,
    webhookId: row.webhook_id,
    orderId: row.order_id,
    version: row.version,
    state: states[row.state],
    createdAt: row.created_at,
    dueAt: row.state === "pending" ? row.due_at : undefined,
    attempts: newestFitting(
      attempts.filter(({ delivery_id }) => delivery_id === row.delivery_id).map(toAttempt),
    ),
  }));
}

function bytesOf(attempts: readonly WebhookAttempt[]): number {
  return attempts.reduce((sum, { error, answer }) => sum + 64 + Buffer.byteLength(error + answer), 0);
}

/** Sent again by hand again and again, a delivery gathers attempts without a bound: the oldest are left out. */
function newestFitting(attempts: readonly WebhookAttempt[]): WebhookAttempt[] {
  let left = mostBytes.delivery;
  const tooFar = attempts.findLastIndex((attempt) => (left -= bytesOf([attempt])) < 0);
  return attempts.slice(tooFar + 1);
}

function toAttempt(row: AttemptRow): WebhookAttempt {
  const { attempted_at, duration_ms, http_status, error, answer } = row;
  return { attemptedAt: attempted_at, durationMs: duration_ms, httpStatus: http_status ?? 0, error, answer };
}
