import type { Database, Queryable } from "../../../platform/postgres";
import { isUniqueViolation } from "../../../platform/postgres";
import type { Webhook } from "../../../gen/alexandrite/mes/v1/mes";
import { errors } from "../domain/errors";
import { newSecret } from "./sign";
import { failPending } from "./store";

type WebhookRow = {
  webhook_id: string;
  url: string;
  created_at: Date;
  disabled_at: Date | null;
  disabled_reason: string | null;
};

const columns = "webhook_id, url, created_at, disabled_at, disabled_reason";
const most = 10;

/** The webhooks of a partner, the oldest first. */
export async function webhooksOf(db: Queryable, partnerId: string): Promise<WebhookRow[]> {
  return db.query<WebhookRow>(
    `SELECT ${columns} FROM webhook WHERE partner_id::text = $1 AND deleted_at IS NULL ORDER BY created_at, webhook_id`,
    [partnerId],
  );
}

/** Registers a webhook; a repeat with the same URL gives the one that is there, without its secret: that is told once. Throws TOO_MANY_WEBHOOKS, WEBHOOK_EXISTS. */
export async function addWebhook(
  db: Database,
  { webhookId, url }: { webhookId: string; url: string },
  partnerId: string,
): Promise<{ webhook: Webhook; secret: string }> {
  try {
    return await db.transaction(async (tx) => {
      // Two at once would both be the last one.
      await tx.execute("SELECT 1 FROM partner WHERE partner_id = $1 FOR UPDATE", [partnerId]);
      const own = await webhooksOf(tx, partnerId);
      const known = own.find((each) => each.webhook_id === webhookId.toLowerCase());
      if (known?.url === url) return { webhook: toWebhook(known), secret: "" };
      if (!known && own.length >= most) throw errors.tooManyWebhooks({ most });
      const secret = newSecret();
      const row = await tx.one<WebhookRow>(
        `INSERT INTO webhook (webhook_id, partner_id, url, secret) VALUES ($1, $2, $3, $4) RETURNING ${columns}`,
        [webhookId, partnerId, url, secret],
      );
      return { webhook: toWebhook(row), secret };
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw errors.webhookExists({ webhookId });
    throw error;
  }
}

/** Ends a webhook of this partner; throws WEBHOOK_NOT_FOUND. */
export async function removeWebhook(db: Database, webhookId: string, partnerId: string): Promise<void> {
  await db.transaction(async (tx) => {
    const touched = await tx.execute(
      "UPDATE webhook SET deleted_at = clock_timestamp() WHERE webhook_id = $1 AND partner_id::text = $2 AND deleted_at IS NULL",
      [webhookId, partnerId],
    );
    if (touched === 0) throw errors.webhookNotFound({ webhookId });
    await failPending(tx, webhookId);
  });
}

export function toWebhook(row: WebhookRow): Webhook {
  return {
    webhookId: row.webhook_id,
    url: row.url,
    createdAt: row.created_at,
    disabledAt: row.disabled_at ?? undefined,
    disabledReason: row.disabled_reason ?? "",
  };
}
