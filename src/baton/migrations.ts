import type { Holder } from "../gen/alexandrite/order/v1/order";
import { renderTriggerSql } from "../order";
import { inboxMigration, outboxMigration } from "../platform/outbox";
import type { Migration } from "../platform/postgres";

/**
 * The tables that Shop, CRM and MES share the shape of: every order from its first version on, every event byte for byte, outbox and inbox. Times have millisecond
 * precision, as JavaScript has, so that keyset pages compare exactly.
 */
export function batonMigrations(self: Holder): Migration[] {
  return [outboxMigration(), inboxMigration(), { name: "baton_001", sql: tables + renderTriggerSql(self) }];
}

const tables = `
CREATE TABLE orders (
  order_id uuid PRIMARY KEY,
  version integer NOT NULL CHECK (version >= 1),
  status text NOT NULL,
  owner_id text NOT NULL,
  material text NOT NULL,
  operator_id text NOT NULL,
  price_valid_until timestamptz(3),
  snapshot jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL
);
CREATE INDEX orders_by_owner ON orders (owner_id, updated_at DESC, order_id DESC);
CREATE INDEX orders_by_date ON orders (updated_at DESC, order_id DESC);
CREATE INDEX orders_by_status ON orders (status, updated_at DESC, order_id DESC);
CREATE INDEX orders_by_creation ON orders (created_at, order_id);
CREATE INDEX orders_open ON orders (order_id) WHERE status NOT IN ('DELIVERED', 'CANCELLED');
CREATE INDEX orders_priced_until ON orders (price_valid_until) WHERE status IN ('PRICED', 'CONFIRMED');

CREATE TABLE order_event (
  order_id uuid NOT NULL,
  version integer NOT NULL CHECK (version >= 1),
  event_id uuid NOT NULL UNIQUE,
  status text NOT NULL,
  source text NOT NULL,
  origin text NOT NULL CHECK (origin IN ('local', 'applied')),
  command_id uuid,
  value bytea NOT NULL,
  headers jsonb NOT NULL,
  occurred_at timestamptz(3) NOT NULL,
  stored_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  made_by_transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (order_id, version)
);
CREATE UNIQUE INDEX order_event_command ON order_event (order_id, command_id) WHERE command_id IS NOT NULL;
CREATE INDEX order_event_by_entry ON order_event (status, occurred_at);
`;
