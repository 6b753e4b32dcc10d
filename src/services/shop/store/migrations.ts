import { batonMigrations } from "../../../baton";
import { Holder } from "../../../gen/alexandrite/order/v1/order";
import type { Migration } from "../../../platform/postgres";

/** Shop's database: the orders and their events, accounts, the catalogue, and what is under way with the payment provider. */
export const shopMigrations: Migration[] = [
  ...batonMigrations(Holder.HOLDER_SHOP),
  {
    name: "shop-0001-accounts",
    sql: `
      CREATE TABLE account (
        account_id uuid PRIMARY KEY,
        email text NOT NULL UNIQUE CHECK (email = lower(email)),
        name text NOT NULL,
        role text NOT NULL CHECK (role IN ('customer', 'seller', 'operator')),
        password_hash text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      -- All instances sign with the active key; retired ones still verify until they are deleted.
      CREATE TABLE signing_key (
        kid text PRIMARY KEY,
        private_jwk jsonb NOT NULL,
        active boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX signing_key_one_active ON signing_key (active) WHERE active;
    `,
  },
  {
    name: "shop-0002-catalogue",
    sql: `
      CREATE TABLE catalogue_item (
        sku text COLLATE "C" PRIMARY KEY,
        -- Compared byte by byte, so that pages follow one another whatever the database's locale.
        name text COLLATE "C" NOT NULL,
        description text NOT NULL
      );
      CREATE INDEX catalogue_item_name ON catalogue_item (name, sku);
      CREATE TABLE catalogue_import (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        completed_at timestamptz NOT NULL
      );
    `,
  },
  {
    name: "shop-0003-payments",
    sql: `
      CREATE TABLE payment_intent (
        key text PRIMARY KEY,
        order_id uuid NOT NULL REFERENCES orders (order_id),
        order_version integer NOT NULL,
        attempt integer NOT NULL,
        command_id uuid,
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'captured', 'voiding', 'voided', 'declined')),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        currency text NOT NULL,
        card_last4 text NOT NULL,
        actor_role text NOT NULL,
        actor_id text NOT NULL,
        trace jsonb NOT NULL,
        -- From then on the resolver looks after it; set forward while somebody is at it.
        resolve_at timestamptz NOT NULL,
        tries integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT payment_intent_attempt UNIQUE (order_id, attempt)
      );
      CREATE UNIQUE INDEX payment_intent_one_undecided ON payment_intent (order_id) WHERE state IN ('open', 'voiding');
      CREATE UNIQUE INDEX payment_intent_one_captured ON payment_intent (order_id) WHERE state = 'captured';
      CREATE UNIQUE INDEX payment_intent_command ON payment_intent (order_id, command_id) WHERE command_id IS NOT NULL;
      CREATE INDEX payment_intent_due ON payment_intent (resolve_at) WHERE state IN ('open', 'voiding');

      -- Effects of cancellations: written where the event is applied, carried out at least once.
      CREATE TABLE payment_refund (
        refund_key text PRIMARY KEY,
        order_id uuid NOT NULL REFERENCES orders (order_id),
        payment_key text NOT NULL UNIQUE,
        trace jsonb NOT NULL,
        try_at timestamptz NOT NULL DEFAULT now(),
        tries integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        done_at timestamptz
      );
      CREATE INDEX payment_refund_due ON payment_refund (try_at) WHERE done_at IS NULL;
      CREATE INDEX payment_refund_order ON payment_refund (order_id);
    `,
  },
];
