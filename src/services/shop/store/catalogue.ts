import type { Database, Queryable } from "../../../platform/postgres";
import type { CataloguePosition } from "../domain/page-token";

/** What Shop itself knows about a product; price and stock are the product API's. */
export type CatalogueItem = { sku: string; name: string; description: string };

/** The known ones of `skus`, by SKU. */
export async function itemsBySku(
  db: Queryable,
  skus: readonly string[],
): Promise<Map<string, CatalogueItem>> {
  const rows = await db.query<CatalogueItem>(
    "SELECT sku, name, description FROM catalogue_item WHERE sku = ANY($1)",
    [skus],
  );
  return new Map(rows.map((item) => [item.sku, item]));
}

/** The `limit` items after a position, by name; `query` narrows to names that contain it, in either case. */
export async function itemsAfter(
  db: Queryable,
  query: string,
  after: CataloguePosition | undefined,
  limit: number,
): Promise<CatalogueItem[]> {
  return db.query<CatalogueItem>(
    `SELECT sku, name, description FROM catalogue_item
     WHERE (name, sku) > ($1, $2) AND strpos(lower(name), $3) > 0 ORDER BY name, sku LIMIT $4`,
    [after?.name ?? "", after?.sku ?? "", query.replaceAll("\0", "").trim().toLowerCase(), limit],
  );
}

/** Adds items and renews what changed of known ones. `items` must come in the order of their SKUs: instances lock alike. */
export async function upsertItems(db: Queryable, items: readonly CatalogueItem[]): Promise<number> {
  return db.execute(
    `INSERT INTO catalogue_item (sku, name, description)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
     ON CONFLICT (sku) DO UPDATE SET name = excluded.name, description = excluded.description
       WHERE (catalogue_item.name, catalogue_item.description) IS DISTINCT FROM (excluded.name, excluded.description)`,
    [items.map((item) => item.sku), items.map((item) => item.name), items.map((item) => item.description)],
  );
}

/** How long ago a whole import ended, in milliseconds by the database's clock; undefined before the first. */
export async function importAgeMs(db: Queryable): Promise<number | undefined> {
  const row = await db.maybeOne<{ age_ms: number }>(
    "SELECT extract(epoch FROM now() - completed_at)::float8 * 1000 AS age_ms FROM catalogue_import",
  );
  return row?.age_ms;
}

/** Notes that an import ended now. */
export async function markImported(db: Database): Promise<void> {
  await db.execute(
    `INSERT INTO catalogue_import (completed_at) VALUES (now())
     ON CONFLICT (singleton) DO UPDATE SET completed_at = excluded.completed_at`,
  );
}
