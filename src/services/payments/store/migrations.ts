import type { Migration } from "../../../platform/postgres";

/** The provider's database. */
export const paymentsMigrations: Migration[] = [
  {
    name: "payments-0001-ledger",
    sql: `
      CREATE TABLE payment (
        key text PRIMARY KEY,
        state text NOT NULL CHECK (state IN ('authorised', 'captured', 'declined', 'voided', 'refunded')),
        -- The charge: absent in a tombstone, a key that was voided before anything was charged under it.
        amount_minor bigint CHECK (amount_minor > 0),
        currency text,
        card_token text,
        card_last4 text,
        reference text,
        -- When an authorised payment is captured by itself.
        capture_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT payment_charge_whole
          CHECK (num_nonnulls(amount_minor, currency, card_token, card_last4, reference) IN (0, 5)),
        CONSTRAINT payment_tombstone_voided CHECK (amount_minor IS NOT NULL OR state = 'voided')
      );
      CREATE INDEX payment_reference ON payment (reference, created_at);
      CREATE INDEX payment_due ON payment (capture_at) WHERE state = 'authorised';

      CREATE TABLE ledger_entry (
        entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        payment_key text NOT NULL REFERENCES payment (key),
        reference text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('capture', 'refund')),
        -- +1 for a capture, -1 for a refund: their sum is how often an order is paid.
        quantity smallint NOT NULL,
        amount_minor bigint NOT NULL,
        currency text NOT NULL,
        -- What asked for a refund: the merchant's refund key, or void:<payment key>.
        refund_key text UNIQUE,
        made_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT ledger_entry_sign CHECK (
          (kind = 'capture' AND quantity = 1 AND amount_minor > 0 AND refund_key IS NULL)
          OR (kind = 'refund' AND quantity = -1 AND amount_minor < 0 AND refund_key IS NOT NULL))
      );
      -- A payment is captured once and refunded once, whole: never more goes back than came in.
      CREATE UNIQUE INDEX ledger_entry_once ON ledger_entry (payment_key, kind);
      CREATE INDEX ledger_entry_reference ON ledger_entry (reference, entry_id);

      CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'ledger_entry is append-only' USING ERRCODE = 'restrict_violation';
      END $$;
      CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

      -- The secret that card tokens are made with; one row, made here.
      CREATE TABLE card_secret (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        secret bytea NOT NULL
      );
      INSERT INTO card_secret (secret)
        VALUES (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
    `,
  },
  {
    name: "payments-0002-ledger-by-time",
    sql: "CREATE INDEX ledger_entry_time ON ledger_entry (made_at, entry_id);",
  },
];
