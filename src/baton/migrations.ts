import { createHash } from "node:crypto";
import type { Holder } from "../gen/alexandrite/order/v1/order";
import { renderTriggerSql } from "../order";
import {
  deadLetterRequestMigration,
  inboxMigration,
  outboxMigration,
  outboxRelayMigration,
} from "../platform/outbox";
import type { Migration } from "../platform/postgres";
import { reconcileMigration } from "../reconcile";

/**
 * The tables that Shop, CRM and MES share the shape of: every order from its first version on, every event byte for byte, outbox and inbox. The rules
 * are a step of their own, named after their text: a change of the table of statuses makes a new step, which replaces the functions of the one before.
 */
export function batonMigrations(self: Holder): Migration[] {
  const rules = renderTriggerSql(self);
  const digest = createHash("sha256").update(rules).digest("hex").slice(0, 12);
  return [
    outboxMigration(),
    inboxMigration(),
    deadLetterRequestMigration(),
    { name: "baton_001", sql: tables },
    reconcileMigration(),
    outboxRelayMigration(),
    { name: `baton_rules_${digest}`, sql: rules },
  ];
}

/** Times have millisecond precision, as JavaScript has, so that keyset pages compare exactly. Indexes are read in both directions. */
const tables = `
CREATE TABLE orders (
  order_id uuid PRIMARY KEY,
  version integer NOT NULL CHECK (version >= 1),
  status text NOT NULL,
  owner_id text NOT NULL,
  material text NOT NULL,
  operator_id text NOT NULL,
  price_valid_until timestamptz(3),
  -- The whole order, as proto3 JSON; the other columns are for finding it.
  snapshot jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL
);
CREATE INDEX orders_by_date ON orders (updated_at, order_id);
CREATE INDEX orders_by_status ON orders (status, updated_at, order_id);
CREATE INDEX orders_by_owner ON orders (owner_id, updated_at, order_id);
CREATE INDEX orders_by_owner_and_status ON orders (owner_id, status, updated_at, order_id);
CREATE INDEX orders_by_material ON orders (material, status, updated_at, order_id);
CREATE INDEX orders_by_operator ON orders (operator_id, status, updated_at, order_id) WHERE operator_id <> '';
CREATE INDEX orders_by_creation ON orders (created_at, order_id);
CREATE INDEX orders_open ON orders (order_id) WHERE status NOT IN ('DELIVERED', 'CANCELLED');
CREATE INDEX orders_priced_until ON orders (status, price_valid_until, order_id) WHERE status IN ('PRICED', 'CONFIRMED');

CREATE TABLE order_event (
  order_id uuid NOT NULL,
  version integer NOT NULL CHECK (version >= 1),
  event_id uuid NOT NULL,
  status text NOT NULL,
  source text NOT NULL,
  origin text NOT NULL CHECK (origin IN ('local', 'applied')),
  command_id text,
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
