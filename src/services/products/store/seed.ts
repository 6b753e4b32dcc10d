import type { Database } from "../../../platform/postgres";
import type { Product } from "../domain/product";

/**
 * Puts `products` into a database that was never sown under `name`; otherwise leaves it alone, so that prices and stock that
 * changed since stay as they are. Returns how many came in. Instances that start together sow once.
 */
export async function sow(db: Database, name: string, products: readonly Product[]): Promise<number> {
  return db.transaction(async (tx) => {
    // A second instance waits here for the first one's commit, and then finds the row.
    if ((await tx.execute("INSERT INTO seed (name) VALUES ($1) ON CONFLICT DO NOTHING", [name])) === 0)
      return 0;
    return tx.execute(
      `INSERT INTO product (sku, name, description, price_minor, currency, stock)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::integer[])
       ON CONFLICT (sku) DO NOTHING`,
      [
        products.map((product) => product.sku),
        products.map((product) => product.name),
        products.map((product) => product.description),
        products.map((product) => product.priceMinor),
        products.map((product) => product.currency),
        products.map((product) => product.stock),
      ],
    );
  });
}
