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
  /** Of the workers killed, those that held a lease under which no result ever came. */
  between: number;
};

/** Every end of a job, with the fence it was stored under, and every change of a job that had ended; and the leases that were held by workers when they were killed. */
export const history = `
  CREATE TABLE killed_lease (job_id uuid NOT NULL, fence bigint NOT NULL);
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

/** Of these leases: how many still stand, claimed and not finished, and how many were taken over by others. */
export function leases(db: Database, held: readonly Held[]): Promise<{ standing: number; taken: number }> {
  return db.one(
    `SELECT count(*) FILTER (WHERE j.fence = held.fence AND state = 'running') AS standing, count(*) FILTER (WHERE j.fence > held.fence) AS taken
     FROM pricing_job j JOIN unnest($1::uuid[], $2::bigint[]) AS held (job_id, fence) USING (job_id)`,
    columnsOf(held),
  );
}

/** Notes what killed workers held, for the end: only then is it known that no result of theirs was on its way. */
export async function noteKilled(db: Database, held: readonly Held[]): Promise<void> {
  await db.execute(
    "INSERT INTO killed_lease SELECT * FROM unnest($1::uuid[], $2::bigint[])",
    columnsOf(held),
  );
}

function columnsOf(held: readonly Held[]): [string[], number[]] {
  return [held.map(({ jobId }) => jobId), held.map(({ fence }) => fence)];
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
       (SELECT count(*) FROM job_end WHERE state = 'done' AND (result #>> '{unitPrice,totalMinor}')::bigint IS DISTINCT FROM fence) AS stale,
       (SELECT count(*) FROM killed_lease k WHERE NOT EXISTS
         (SELECT 1 FROM job_end e WHERE e.job_id = k.job_id AND e.fence = k.fence AND e.state = 'done')) AS between`,
  );
}
