import { AppError } from "../../../platform/errors";
import type { Database, Queryable } from "../../../platform/postgres";
import type { ObjectStore } from "../../../platform/s3";

/** A model as an order names it. */
export type NamedModel = { orderId: string; sha256: string; sizeBytes: number; at: string };

/** An object's key in the bucket. */
const keyOf = (sha256: string): string => `models/${sha256}`;

/** Orders with a model that have changed after a place in time and before the last moments, oldest change first. */
export async function changedModels(
  db: Queryable,
  after: { at: string; id: string },
  settleMs: number,
  limit: number,
): Promise<NamedModel[]> {
  return db.query<NamedModel>(changedModelsStatement, [after.at, after.id, settleMs, limit]);
}

/** All orders of the window, whether they have a model or not: the window moves on in any case. */
export const changedModelsStatement = `
  SELECT order_id AS "orderId", updated_at::text AS at, coalesce(snapshot->'model'->>'sha256', '') AS sha256,
    coalesce((snapshot->'model'->>'sizeBytes')::bigint, 0) AS "sizeBytes"
  FROM orders WHERE (updated_at, order_id) > ($1::timestamptz, $2::uuid) AND updated_at < clock_timestamp() - $3 * interval '1 millisecond'
  ORDER BY updated_at, order_id LIMIT $4`;

/** Of these models, the hashes of those that the store does not hold in the size that the order names. */
export async function missingModels(
  store: Pick<ObjectStore, "head">,
  models: readonly Pick<NamedModel, "sha256" | "sizeBytes">[],
): Promise<Set<string>> {
  const sizes = new Map(
    models.flatMap(({ sha256, sizeBytes }) => (sha256 === "" ? [] : [[sha256, sizeBytes] as const])),
  );
  const missing = new Set<string>();
  for (const [sha256, sizeBytes] of sizes) {
    const found = await store.head(keyOf(sha256)).catch((error: unknown) => {
      if (error instanceof AppError && error.category === "not_found") return undefined;
      throw error;
    });
    if (found?.length !== sizeBytes) missing.add(sha256);
  }
  return missing;
}

/** How many objects are looked up in one statement. */
const batch = 500;

/** An object that nothing names, and since when it lies there. */
export type OrphanModel = { sha256: string; modifiedAt: Date };

/** Objects older than `graceMs` that no row of a model, no calculation and no order names; at most `limit`. */
export async function orphanModels(
  db: Queryable,
  store: Pick<ObjectStore, "list">,
  graceMs: number,
  limit = 10_000,
): Promise<OrphanModel[]> {
  const orphans: OrphanModel[] = [];
  let waiting = new Map<string, Date>();
  const look = async (): Promise<void> => {
    for (const sha256 of await unnamed(db, [...waiting.keys()]))
      orphans.push({ sha256, modifiedAt: waiting.get(sha256)! });
    waiting = new Map();
  };
  for await (const { key, modifiedAt } of store.list("models/")) {
    if (Date.now() - modifiedAt.getTime() < graceMs) continue;
    waiting.set(key.slice("models/".length), modifiedAt);
    if (waiting.size === batch) await look();
    if (orphans.length >= limit) break;
  }
  await look();
  return orphans.slice(0, limit);
}

/** Of these hashes, those that nothing names. */
async function unnamed(db: Queryable, hashes: readonly string[]): Promise<string[]> {
  if (hashes.length === 0) return [];
  const rows = await db.query<{ sha256: string }>(unnamedStatement, [hashes]);
  return rows.map(({ sha256 }) => sha256);
}

export const unnamedStatement = `
  SELECT h.sha256 FROM unnest($1::text[]) AS h (sha256)
  WHERE NOT EXISTS (SELECT FROM model m WHERE m.sha256 = h.sha256)
    AND NOT EXISTS (SELECT FROM pricing_job j WHERE j.model_sha256 = h.sha256)
    AND NOT EXISTS (SELECT FROM orders o WHERE o.snapshot->'model'->>'sha256' = h.sha256)`;

/**
 * Deletes an object, unless something has come to name it. False: it stays. Meanwhile a row of ours stands for the model, which is never committed: an upload of
 * the same bytes, which begins with its row, waits for it and then puts the object again.
 */
export function deleteOrphan(
  db: Database,
  store: Pick<ObjectStore, "delete">,
  sha256: string,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    if ((await unnamed(tx, [sha256])).length === 0) return false;
    const isOurs = await tx.execute(
      "INSERT INTO model (sha256, size_bytes, state) VALUES ($1, 0, 'storing') ON CONFLICT DO NOTHING",
      [sha256],
    );
    if (isOurs === 0) return false;
    await store.delete(keyOf(sha256));
    await tx.execute("DELETE FROM model WHERE sha256 = $1", [sha256]);
    return true;
  });
}
