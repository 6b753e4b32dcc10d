import { batonMigrations } from "../../../baton";
import { Holder } from "../../../gen/alexandrite/order/v1/order";
import type { Migration } from "../../../platform/postgres";

/**
 * What has changed since a snapshot, for the cache. A transaction that the snapshot does not see was under way in it (`xip`) or began later (`xmax` and up): asked so, by index, a
 * change is told in the first look that sees it, however late it was committed, and a transaction that stays open makes no look longer. STABLE: all that it reads is of one snapshot,
 * its caller's. `changes` is NULL when there are more than `at_most`, or when the server has gone back behind the snapshot, as after a restore.
 */
const changes = `
ALTER TABLE note ADD COLUMN made_by_transaction xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX note_by_transaction ON note (made_by_transaction);
CREATE INDEX order_event_by_transaction ON order_event (made_by_transaction);

CREATE FUNCTION crm_changes_since(since pg_snapshot, at_most integer, OUT seen_at text, OUT changes jsonb)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  seen pg_snapshot := pg_current_snapshot();
  later xid8 := pg_snapshot_xmax(since);
  running xid8[] := ARRAY(SELECT pg_snapshot_xip(since));
BEGIN
  seen_at := seen::text;
  IF since IS NULL OR pg_snapshot_xmax(seen) < later THEN
    RETURN;
  END IF;
  WITH moved AS (
    (SELECT order_id, version, status FROM order_event WHERE made_by_transaction >= later LIMIT at_most + 1)
    UNION ALL
    (SELECT order_id, version, status FROM order_event
     WHERE made_by_transaction = ANY (running) AND made_by_transaction < later LIMIT at_most + 1)
  ), noted AS (
    (SELECT order_id FROM note WHERE made_by_transaction >= later LIMIT at_most + 1)
    UNION ALL
    (SELECT order_id FROM note WHERE made_by_transaction = ANY (running) AND made_by_transaction < later LIMIT at_most + 1)
  ), told AS (
    SELECT jsonb_build_array(moved.order_id, orders.owner_id, before.status, moved.status) AS change
    FROM moved JOIN orders USING (order_id)
    LEFT JOIN order_event AS before ON before.order_id = moved.order_id AND before.version = moved.version - 1
    UNION ALL
    SELECT jsonb_build_array(order_id) FROM noted
  )
  SELECT CASE WHEN count(*) <= at_most THEN coalesce(jsonb_agg(change), '[]') END INTO changes FROM told;
END $$;
`;

/** CRM's database: the orders and their events, and what sellers write about them. */
export const crmMigrations: Migration[] = [
  ...batonMigrations(Holder.HOLDER_CRM),
  {
    name: "crm-0001-notes",
    sql: `
      CREATE TABLE note (
        note_id uuid PRIMARY KEY,
        order_id uuid NOT NULL REFERENCES orders (order_id),
        author_id text NOT NULL,
        body text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      );
      CREATE INDEX note_order ON note (order_id, created_at, note_id);
    `,
  },
  { name: "crm-0002-changes", sql: changes },
];
