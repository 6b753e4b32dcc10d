CREATE TABLE card_secret (
  singleton boolean DEFAULT true NOT NULL,
  secret bytea NOT NULL,
  CONSTRAINT card_secret_pkey PRIMARY KEY (singleton),
  CONSTRAINT card_secret_singleton_check CHECK (singleton)
);

CREATE TABLE ledger_entry (
  entry_id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  payment_key text NOT NULL,
  reference text NOT NULL,
  kind text NOT NULL,
  quantity smallint NOT NULL,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  refund_key text,
  made_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT ledger_entry_pkey PRIMARY KEY (entry_id),
  CONSTRAINT ledger_entry_refund_key_key UNIQUE (refund_key),
  CONSTRAINT ledger_entry_kind_check CHECK ((kind = ANY (ARRAY['capture'::text, 'refund'::text]))),
  CONSTRAINT ledger_entry_sign CHECK ((((kind = 'capture'::text) AND (quantity = 1) AND (amount_minor > 0) AND (refund_key IS NULL)) OR ((kind = 'refund'::text) AND (quantity = '-1'::integer) AND (amount_minor < 0) AND (refund_key IS NOT NULL)))),
  CONSTRAINT ledger_entry_payment_key_fkey FOREIGN KEY (payment_key) REFERENCES payment(key)
);

CREATE UNIQUE INDEX ledger_entry_once ON public.ledger_entry USING btree (payment_key, kind);

CREATE INDEX ledger_entry_reference ON public.ledger_entry USING btree (reference, entry_id);

CREATE INDEX ledger_entry_time ON public.ledger_entry USING btree (made_at, entry_id);

CREATE TRIGGER ledger_entry_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE TABLE payment (
  key text NOT NULL,
  state text NOT NULL,
  amount_minor bigint,
  currency text,
  card_token text,
  card_last4 text,
  reference text,
  capture_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  updated_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT payment_pkey PRIMARY KEY (key),
  CONSTRAINT payment_amount_minor_check CHECK ((amount_minor > 0)),
  CONSTRAINT payment_charge_whole CHECK ((num_nonnulls(amount_minor, currency, card_token, card_last4, reference) = ANY (ARRAY[0, 5]))),
  CONSTRAINT payment_state_check CHECK ((state = ANY (ARRAY['authorised'::text, 'captured'::text, 'declined'::text, 'voided'::text, 'refunded'::text]))),
  CONSTRAINT payment_tombstone_voided CHECK (((amount_minor IS NOT NULL) OR (state = 'voided'::text)))
);

CREATE INDEX payment_due ON public.payment USING btree (capture_at) WHERE (state = 'authorised'::text);

CREATE INDEX payment_reference ON public.payment USING btree (reference, created_at);

CREATE TABLE schema_migration (
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT schema_migration_pkey PRIMARY KEY (name)
);

CREATE OR REPLACE FUNCTION public.ledger_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      BEGIN
        RAISE EXCEPTION 'ledger_entry is append-only' USING ERRCODE = 'restrict_violation';
      END $function$;
