import type { Database } from "../../platform/postgres";
import type { Held } from "./worker-child";

/** What came of the jobs, by the history that a trigger has written. */
export type Findings = {
  jobs: number;
  /** Jobs that have no price in the end. */
  lost: number;
  /** Jobs that were given a result more than once. */
  doubled: number;
  /** Results that were taken under another fence than the one they were calculated under. */
  stale: number;
};

/** Every end of a job, with the fence it was stored under; and every change of a job that had ended. */
export const history = `
  CREATE TABLE job_end (job_id uuid NOT NULL, fence bigint NOT NULL, was text NOT NULL, state text NOT NULL, result jsonb);
  CREATE FUNCTION note_end() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO job_end VALUES (NEW.job_id, NEW.fence, OLD.state, NEW.state, NEW.result);
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_end AFTER UPDATE ON pricing_job FOR EACH ROW
    WHEN (NEW.state IN ('done', 'failed') OR OLD.state IN ('done', 'failed')) EXECUTE FUNCTION note_end();`;

/** Sees to it that at least so many jobs wait for a worker; of eight tenants, half of them partners. */
export async function topUp(db: Database, wanted: number): Promise<void> {
  await db.execute(
    `INSERT INTO pricing_job (model_sha256, format, unit, material, finish, price_book_version, model_size_bytes, trace, owner_id, owner_kind, turn)
     SELECT encode(sha256(gen_random_uuid()::text::bytea), 'hex'), 'STL', 'MILLIMETER', 'PLA', 'RAW', 1, 684, '{}',
       'tenant-' || n % 8, CASE WHEN n % 2 = 0 THEN 'PARTNER' ELSE 'CUSTOMER' END, n / 8
     FROM generate_series(1, $1 - (SELECT count(*)::int FROM pricing_job WHERE state = 'queued')) n`,
    [wanted],
  );
}

/** How many of these leases still stand: their jobs are claimed and not finished. */
export async function standing(db: Database, held: readonly Held[]): Promise<number> {
  const { count } = await db.one<{ count: number }>(
    `SELECT count(*) FROM pricing_job JOIN unnest($1::uuid[], $2::bigint[]) AS held (job_id, fence) USING (job_id, fence) WHERE state = 'running'`,
    [held.map(({ jobId }) => jobId), held.map(({ fence }) => fence)],
  );
  return count;
}

/** Jobs that have no end yet. */
export async function unfinished(db: Database): Promise<number> {
  const { count } = await db.one<{ count: number }>(
    "SELECT count(*) FROM pricing_job WHERE state IN ('queued', 'running')",
  );
  return count;
}

export function findings(db: Database): Promise<Findings> {
  return db.one<Findings>(
    `SELECT (SELECT count(*) FROM pricing_job) AS jobs,
       (SELECT count(*) FROM pricing_job WHERE state <> 'done') AS lost,
       (SELECT count(*) FROM (SELECT 1 FROM job_end GROUP BY job_id HAVING count(*) > 1) d) AS doubled,
       (SELECT count(*) FROM job_end WHERE state = 'done' AND (result #>> '{unitPrice,totalMinor}')::bigint IS DISTINCT FROM fence) AS stale`,
  );
}
