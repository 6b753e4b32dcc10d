import { createHash } from "node:crypto";
import type { Queryable } from "../../../platform/postgres";
import { errors } from "../domain/errors";

export type Partner = { partnerId: string; name: string };

/** The partner behind an API key; throws UNKNOWN_API_KEY. */
export async function partnerOf(db: Queryable, apiKey: string): Promise<Partner> {
  const row = await db.maybeOne<{ partner_id: string; name: string }>(
    `SELECT p.partner_id, p.name FROM api_key k JOIN partner p USING (partner_id)
     WHERE k.key_hash = $1 AND k.revoked_at IS NULL`,
    [createHash("sha256").update(apiKey).digest()],
  );
  if (!row) throw errors.unknownApiKey();
  return { partnerId: row.partner_id, name: row.name };
}
