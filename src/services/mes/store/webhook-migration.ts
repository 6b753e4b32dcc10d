import type { Migration } from "../../../platform/postgres";

/** Partners' webhooks, what is to be delivered to them, and every attempt. */
export const webhookMigration: Migration = {
  name: "mes-0006-webhooks",
  sql: `
    CREATE TABLE webhook (
      webhook_id uuid PRIMARY KEY,
      partner_id uuid NOT NULL REFERENCES partner (partner_id),
      url text NOT NULL,
      -- Itself and not its hash: signatures are made with it.
      secret text NOT NULL,
      created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      disabled_at timestamptz(3),
      disabled_reason text,
      deleted_at timestamptz(3)
    );
    CREATE INDEX webhook_by_partner ON webhook ((partner_id::text)) WHERE deleted_at IS NULL;

    CREATE TABLE webhook_delivery (
      delivery_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      webhook_id uuid NOT NULL REFERENCES webhook (webhook_id),
      order_id uuid NOT NULL,
      version integer NOT NULL,
      state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
      -- Grows with every claim: an attempt whose lease lapsed settles nothing.
      fence integer NOT NULL DEFAULT 0,
      -- Since the delivery was made or sent again by hand; the back-off grows with it.
      tries integer NOT NULL DEFAULT 0,
      -- Of the next attempt; while one is under way, the end of its lease.
      due_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      pending_since timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      ended_at timestamptz(3),
      CONSTRAINT webhook_delivery_key UNIQUE (order_id, version, webhook_id)
    );
    CREATE INDEX webhook_delivery_due ON webhook_delivery (due_at) WHERE state = 'pending';
    CREATE INDEX webhook_delivery_pending ON webhook_delivery (pending_since) WHERE state = 'pending';
    CREATE INDEX webhook_delivery_by_webhook ON webhook_delivery (webhook_id, created_at, delivery_id);

    CREATE TABLE webhook_attempt (
      delivery_id uuid NOT NULL REFERENCES webhook_delivery (delivery_id),
      fence integer NOT NULL,
      attempted_at timestamptz(3) NOT NULL,
      duration_ms integer NOT NULL,
      http_status integer,
      error text NOT NULL,
      answer text NOT NULL,
      PRIMARY KEY (delivery_id, fence)
    );

    -- In the transaction of whoever writes the order's next version, be it a move of any of MES's processes or an applied event: no place in the code can forget it.
    CREATE FUNCTION webhook_enqueue() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO webhook_delivery (webhook_id, order_id, version)
        SELECT webhook_id, NEW.order_id, NEW.version FROM webhook
        WHERE partner_id::text = NEW.owner_id AND deleted_at IS NULL AND disabled_at IS NULL
        ON CONFLICT ON CONSTRAINT webhook_delivery_key DO NOTHING;
      RETURN NULL;
    END $$;
    CREATE TRIGGER orders_webhook AFTER INSERT OR UPDATE OF version ON orders FOR EACH ROW
      WHEN (NEW.snapshot #>> '{owner,kind}' = 'OWNER_KIND_PARTNER') EXECUTE FUNCTION webhook_enqueue();
  `,
};

/** Webhooks take turns, however many deliveries of one wait. */
export const webhookTurnsMigration: Migration = {
  name: "mes-0009-webhook-turns",
  sql: `
    -- When it was last given a delivery to post.
    ALTER TABLE webhook ADD COLUMN last_turn_at timestamptz;
    -- The webhooks with pending deliveries, and the first that is due of each, are found however many there are.
    DROP INDEX webhook_delivery_due;
    CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, due_at, delivery_id) WHERE state = 'pending';
  `,
};
