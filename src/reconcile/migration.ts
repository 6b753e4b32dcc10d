import type { Migration } from "../platform/postgres";

/** Whose turn it is to compare, and how far the comparison has come; and the window of the outbox by time. Needs the outbox. */
export function reconcileMigration(): Migration {
  return {
    name: "reconcile_001",
    sql: `
      CREATE TABLE reconcile_turn (
        subject text PRIMARY KEY,
        holder text NOT NULL,
        expires_at timestamptz NOT NULL,
        -- Where the next window begins; the subject knows how to read it.
        position jsonb
      );
      CREATE INDEX outbox_published ON outbox (published_at, id) WHERE published_at IS NOT NULL;`,
  };
}
