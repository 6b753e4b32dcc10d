import type { Migration } from "../../../platform/postgres";

/** The database of the product API. */
export const productsMigrations: Migration[] = [
  {
    name: "products-0001-product",
    sql: `
      CREATE TABLE product (
        -- Compared byte by byte, so that pages follow one another whatever the database's locale.
        sku text COLLATE "C" PRIMARY KEY CHECK (sku ~ '^[0-9]{1,18}$'),
        name text NOT NULL,
        description text NOT NULL,
        price_minor bigint NOT NULL CHECK (price_minor >= 0),
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        stock integer NOT NULL CHECK (stock >= 0)
      );
      CREATE TABLE seed (
        name text PRIMARY KEY,
        sown_at timestamptz NOT NULL DEFAULT now()
      );
    `,
  },
];
