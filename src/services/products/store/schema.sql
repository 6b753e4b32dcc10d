CREATE TABLE product (
  sku text COLLATE "C" NOT NULL,
  name text NOT NULL,
  description text NOT NULL,
  price_minor bigint NOT NULL,
  currency text NOT NULL,
  stock integer NOT NULL,
  CONSTRAINT product_pkey PRIMARY KEY (sku),
  CONSTRAINT product_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  CONSTRAINT product_price_minor_check CHECK ((price_minor >= 0)),
  CONSTRAINT product_sku_check CHECK ((sku ~ '^[0-9]{1,18}$'::text)),
  CONSTRAINT product_stock_check CHECK ((stock >= 0))
);

CREATE TABLE schema_migration (
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT schema_migration_pkey PRIMARY KEY (name)
);

CREATE TABLE seed (
  name text NOT NULL,
  sown_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT seed_pkey PRIMARY KEY (name)
);
