import type { Queryable } from "../../../platform/postgres";
import type { Product } from "../domain/product";

type ProductRow = {
  sku: string;
  name: string;
  description: string;
  price_minor: number;
  currency: string;
  stock: number;
};

const columns = "sku, name, description, price_minor, currency, stock";

/** The known ones of `skus`, in no particular order. */
export async function productsBySku(db: Queryable, skus: readonly string[]): Promise<Product[]> {
  const rows = await db.query<ProductRow>(`SELECT ${columns} FROM product WHERE sku = ANY($1)`, [skus]);
  return rows.map(toProduct);
}

/** One product, or undefined. */
export async function productBySku(db: Queryable, sku: string): Promise<Product | undefined> {
  const row = await db.maybeOne<ProductRow>(`SELECT ${columns} FROM product WHERE sku = $1`, [sku]);
  return row && toProduct(row);
}

/** The `limit` products that follow the SKU `after`, in the byte order of their SKUs; from the first for an empty `after`. */
export async function productsAfter(db: Queryable, after: string, limit: number): Promise<Product[]> {
  const rows = await db.query<ProductRow>(
    `SELECT ${columns} FROM product WHERE sku > $1 ORDER BY sku LIMIT $2`,
    [after, limit],
  );
  return rows.map(toProduct);
}

function toProduct(row: ProductRow): Product {
  return {
    sku: row.sku,
    name: row.name,
    description: row.description,
    priceMinor: row.price_minor,
    currency: row.currency,
    stock: row.stock,
  };
}
