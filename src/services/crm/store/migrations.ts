import { batonMigrations } from "../../../baton";
import { Holder } from "../../../gen/alexandrite/order/v1/order";
import type { Migration } from "../../../platform/postgres";

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
];
