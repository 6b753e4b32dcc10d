import { batonMigrations } from "../../../baton";
import { Holder } from "../../../gen/alexandrite/order/v1/order";
import type { Migration } from "../../../platform/postgres";
import { reservedShareMigration } from "./queue-migration";
import { seedPartners, seedPriceBook } from "./seeds";
import { uploadDayMigration } from "./upload-migration";
import { webhookMigration, webhookTurnsMigration } from "./webhook-migration";

/** MES's database: the orders and their events, partners, the price book, models, and what is calculated of them. */
export const mesMigrations: Migration[] = [
  ...batonMigrations(Holder.HOLDER_MES),
  {
    name: "mes-0001-partners",
    sql: `
      CREATE TABLE partner (
        partner_id uuid PRIMARY KEY,
        name text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      );
      -- Only the key's SHA-256 is kept: whoever reads this table can call nothing with it.
      CREATE TABLE api_key (
        key_hash bytea PRIMARY KEY,
        partner_id uuid NOT NULL REFERENCES partner (partner_id),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        revoked_at timestamptz(3)
      );
      ${seedPartners}
    `,
  },
  {
    name: "mes-0002-price-book",
    sql: `
      CREATE TABLE price_book (
        version integer PRIMARY KEY,
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        machine_minor_per_hour bigint NOT NULL CHECK (machine_minor_per_hour >= 0),
        setup_minor bigint NOT NULL CHECK (setup_minor >= 0),
        minimum_minor bigint NOT NULL CHECK (minimum_minor > 0),
        valid_from timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE TABLE material (
        price_book_version integer NOT NULL REFERENCES price_book (version),
        code text NOT NULL,
        name text NOT NULL,
        density_kg_m3 double precision NOT NULL CHECK (density_kg_m3 > 0),
        rate_minor_per_kg bigint NOT NULL CHECK (rate_minor_per_kg >= 0),
        build_rate_mm3_per_hour double precision NOT NULL CHECK (build_rate_mm3_per_hour > 0),
        PRIMARY KEY (price_book_version, code)
      );
      CREATE TABLE finish (
        price_book_version integer NOT NULL REFERENCES price_book (version),
        code text NOT NULL,
        name text NOT NULL,
        rate_minor_per_dm2 bigint NOT NULL CHECK (rate_minor_per_dm2 >= 0),
        PRIMARY KEY (price_book_version, code)
      );
      ${seedPriceBook}
    `,
  },
  {
    name: "mes-0003-pricing",
    sql: `
      -- Written before the object is put and marked after: what lies in the store without a mark belongs to nobody and is swept.
      CREATE TABLE model (
        sha256 text PRIMARY KEY,
        size_bytes bigint NOT NULL,
        state text NOT NULL CHECK (state IN ('storing', 'stored')),
        touched_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
      );
      CREATE INDEX model_storing ON model (touched_at) WHERE state = 'storing';

      CREATE TABLE pricing_job (
        job_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        model_sha256 text NOT NULL,
        model_size_bytes bigint NOT NULL,
        format text NOT NULL,
        unit text NOT NULL,
        material text NOT NULL,
        finish text NOT NULL,
        price_book_version integer NOT NULL REFERENCES price_book (version),
        state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
        fence bigint NOT NULL DEFAULT 0,
        tries integer NOT NULL DEFAULT 0,
        progress double precision NOT NULL DEFAULT 0,
        worker_id text,
        lease_until timestamptz(3),
        trace jsonb NOT NULL,
        result jsonb,
        queued_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        finished_at timestamptz(3),
        CONSTRAINT pricing_job_input UNIQUE (model_sha256, format, unit, material, finish, price_book_version)
      );
      CREATE INDEX pricing_job_queue ON pricing_job (queued_at, job_id) WHERE state = 'queued';
      CREATE INDEX pricing_job_leases ON pricing_job (lease_until) WHERE state = 'running';

      CREATE TABLE pricing_attachment (
        order_id uuid NOT NULL REFERENCES orders (order_id),
        version integer NOT NULL,
        job_id uuid NOT NULL REFERENCES pricing_job (job_id),
        -- Of the upload or the command that made the order wait: its price belongs to that trace.
        trace jsonb NOT NULL,
        done_at timestamptz(3),
        PRIMARY KEY (order_id, version)
      );
      CREATE INDEX pricing_attachment_open ON pricing_attachment (job_id) WHERE done_at IS NULL;
    `,
  },
  {
    name: "mes-0004-fair-queue",
    sql: `
      -- idle: nobody waits for it any more; whoever asks next queues it again.
      ALTER TABLE pricing_job DROP CONSTRAINT pricing_job_state_check;
      ALTER TABLE pricing_job ADD CONSTRAINT pricing_job_state_check
        CHECK (state IN ('idle', 'queued', 'running', 'done', 'failed'));
      -- Each owner's jobs take turns with the others': the n-th of one comes after the first of everybody.
      ALTER TABLE pricing_job ADD COLUMN owner_id text NOT NULL DEFAULT '', ADD COLUMN turn bigint NOT NULL DEFAULT 0;
      DROP INDEX pricing_job_queue;
      CREATE INDEX pricing_job_queue ON pricing_job (turn, queued_at, job_id) WHERE state = 'queued';
      CREATE INDEX pricing_job_queue_by_owner ON pricing_job (owner_id, turn) WHERE state = 'queued';
      ALTER TABLE pricing_attachment ADD COLUMN attached_at timestamptz(3) NOT NULL DEFAULT clock_timestamp();
    `,
  },
  reservedShareMigration,
  webhookMigration,
  {
    name: "mes-0007-orders-by-model",
    sql: `
      -- For the comparison of the object store with the orders: which of these hashes does an order name.
      CREATE INDEX orders_by_model ON orders ((snapshot->'model'->>'sha256'));
    `,
  },
  uploadDayMigration,
  webhookTurnsMigration,
];
