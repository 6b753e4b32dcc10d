import type { Migration } from "../../../platform/postgres";

/** Part of the calculations' slots is kept for shop customers: whose a job is, and how many slots there are. */
export const reservedShareMigration: Migration = {
  name: "mes-0005-reserved-share",
  sql: `
    ALTER TABLE pricing_job ADD COLUMN owner_kind text NOT NULL DEFAULT 'CUSTOMER';
    -- The first of the customers' jobs is found however many of the partners' stand before it.
    CREATE INDEX pricing_job_queue_of_customers ON pricing_job (turn, queued_at, job_id)
      WHERE state = 'queued' AND owner_kind = 'CUSTOMER';
    CREATE INDEX pricing_job_of_partners ON pricing_job (job_id) WHERE state = 'running' AND owner_kind = 'PARTNER';
    -- Workers that are connected now, at any instance of the workers' door.
    CREATE TABLE pricing_worker (
      worker_id text PRIMARY KEY,
      slots integer NOT NULL,
      seen_at timestamptz(3) NOT NULL
    );
  `,
};
