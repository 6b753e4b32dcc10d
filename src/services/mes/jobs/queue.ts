import { planted } from "../../../platform/config";
import type { Database, Queryable } from "../../../platform/postgres";
import { type JobResult, storeResult } from "./result";

/** A job in a worker's hands. */
export type ClaimedJob = {
  job_id: string;
  fence: number;
  model_sha256: string;
  model_size_bytes: number;
  format: string;
  unit: string;
  material: string;
  finish: string;
  price_book_version: number;
  trace: Record<string, string>;
};

/** The queue of calculations in MES's database; all times are the database's. */
export type JobQueue = {
  /**
   * Leases a job whose worker has been silent for too long, or else the one whose turn it is; undefined when there is none. While partners' jobs have all slots that
   * are not reserved for shop customers, the turn is the customers'.
   */
  claim(workerId: string): Promise<ClaimedJob | undefined>;
  /** Renews a lease, also one that lapsed and that nobody took. False: the lease is gone. */
  renew(jobId: string, fence: bigint, progress: number): Promise<boolean>;
  /** Stores an end under the fence it was claimed with. False: the lease is gone, nothing changed. */
  finish(jobId: string, fence: bigint, result: JobResult): Promise<boolean>;
  /** Counts a failure that may be chance, and queues the job again or, after too many, fails it for good. */
  fail(jobId: string, fence: bigint, reason: string, message: string): Promise<boolean>;
  /** Queues the job again; no try is counted. */
  giveBack(jobId: string, fence: bigint): Promise<boolean>;
  /** A worker is connected and has so many slots; to be told again within a lease. */
  connected(workerId: string, slots: number): Promise<void>;
  /** It is connected no more. */
  gone(workerId: string): Promise<void>;
};

export type JobQueueOptions = {
  leaseMs: number;
  maxTries: number;
  /** Share of all slots that partners' jobs never take, in percent; one slot is always theirs. Default 0. */
  customerSharePercent?: number;
};

/** Between claim and report a worker may freeze, and another take over: `fence` grows with each claim and every report must carry the one it was given. */
const mine = (): string =>
  planted("no-fence") ? "job_id = $1 AND $2::bigint > 0" : "job_id = $1 AND fence = $2 AND state = 'running'";

export function createJobQueue(
  db: Database,
  { leaseMs, maxTries, customerSharePercent = 0 }: JobQueueOptions,
): JobQueue {
  const lease = leaseUntil(leaseMs);
  const touched = async (text: string, values: unknown[]): Promise<boolean> =>
    (await db.execute(text, values)) > 0;
  return {
    claim: async (workerId) => {
      // Free slots look ten times a second, and mostly for nothing.
      if (!(await db.one<{ any: boolean }>(anyWaitingText())).any) return undefined;
      return db.transaction(async (tx) => {
        await endHopeless(tx, maxTries);
        const partnersMay =
          customerSharePercent === 0 || (await partnersMayTake(tx, customerSharePercent, leaseMs));
        return tx.maybeOne<ClaimedJob>(claimText(leaseMs, partnersMay), [workerId, maxTries - 1]);
      });
    },
    renew: (jobId, fence, progress) =>
      touched(
        `UPDATE pricing_job SET lease_until = ${lease}, progress = greatest(progress, $3) WHERE ${mine()}`,
        [jobId, fence.toString(), progress],
      ),
    finish: (jobId, fence, result) =>
      touched(
        `UPDATE pricing_job SET state = $3, result = $4, progress = CASE WHEN $3 = 'done' THEN 1 ELSE progress END,
           finished_at = clock_timestamp(), lease_until = NULL WHERE ${mine()}`,
        [jobId, fence.toString(), result.kind === "priced" ? "done" : "failed", storeResult(result)],
      ),
    fail: (jobId, fence, reason, message) =>
      touched(
        `UPDATE pricing_job SET
           tries = tries + 1, lease_until = NULL,
           state = CASE WHEN tries + 1 >= $3 THEN 'failed' ELSE 'queued' END,
           result = CASE WHEN tries + 1 >= $3 THEN $4::jsonb ELSE NULL END,
           finished_at = CASE WHEN tries + 1 >= $3 THEN clock_timestamp() ELSE NULL END
         WHERE ${mine()}`,
        [jobId, fence.toString(), maxTries, exhausted(maxTries, `${reason}: ${message}`)],
      ),
    giveBack: (jobId, fence) =>
      touched(`UPDATE pricing_job SET state = 'queued', lease_until = NULL, progress = 0 WHERE ${mine()}`, [
        jobId,
        fence.toString(),
      ]),
    connected: async (workerId, slots) => {
      // A worker that went without a word is forgotten in time.
      await db.execute(
        `DELETE FROM pricing_worker WHERE worker_id IN (
           SELECT worker_id FROM pricing_worker WHERE seen_at < clock_timestamp() - interval '1 hour' FOR UPDATE SKIP LOCKED)`,
      );
      await db.execute(
        `INSERT INTO pricing_worker (worker_id, slots, seen_at) VALUES ($1, $2, clock_timestamp())
         ON CONFLICT (worker_id) DO UPDATE SET slots = excluded.slots, seen_at = excluded.seen_at`,
        [workerId, slots],
      );
    },
    gone: async (workerId) => {
      await db.execute("DELETE FROM pricing_worker WHERE worker_id = $1", [workerId]);
    },
  };
}

/** Whether a claim has anything to look at. */
export function anyWaitingText(): string {
  // In the queue's order, so that its index is read and not the table; EXISTS would forget the order.
  return `SELECT (SELECT job_id FROM pricing_job WHERE state = 'queued' ORDER BY turn, queued_at, job_id LIMIT 1) IS NOT NULL
      OR EXISTS (SELECT FROM pricing_job WHERE state = 'running' AND ${lapsed()}) AS any`;
}

/** Takes a lapsed lease, or else the next in turn; parameters: the worker, the most tries. Whoever let a lease lapse has failed once: a model that kills its workers must not do so for ever. */
export function claimText(leaseMs: number, partnersMay: boolean): string {
  return `UPDATE pricing_job SET
      state = 'running', fence = fence + 1, worker_id = $1, progress = 0, lease_until = ${leaseUntil(leaseMs)},
      tries = tries + CASE WHEN state = 'running' THEN 1 ELSE 0 END
    WHERE job_id = coalesce(
      (SELECT job_id FROM pricing_job WHERE state = 'running' AND ${lapsed()} AND tries < $2
       ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED),
      (${partnersMay ? nextOfAll : nextOfCustomers}))
    RETURNING job_id, fence, model_sha256, model_size_bytes, format, unit, material, finish, price_book_version, trace`;
}

function lapsed(): string {
  return planted("lease-not-exclusive") ? "true" : "lease_until < clock_timestamp()";
}

function leaseUntil(leaseMs: number): string {
  return `clock_timestamp() + interval '${leaseMs} milliseconds'`;
}

/** Whose turn it is; each by an index that has nothing else in it. */
export const nextOfAll = `SELECT job_id FROM pricing_job WHERE state = 'queued'
  ORDER BY turn, queued_at, job_id LIMIT 1 FOR UPDATE SKIP LOCKED`;
export const nextOfCustomers = `SELECT job_id FROM pricing_job WHERE state = 'queued' AND owner_kind = 'CUSTOMER'
  ORDER BY turn, queued_at, job_id LIMIT 1 FOR UPDATE SKIP LOCKED`;
export const partnersRunning =
  "SELECT count(*) FROM pricing_job WHERE state = 'running' AND owner_kind = 'PARTNER'";

/**
 * Whether partners' jobs have less than their share of the slots. Claims ask one after the other: two at once would both take the last one. A frozen claimer holds the others up
 * for no longer than Postgres bears an idle transaction (30 s).
 */
async function partnersMayTake(
  tx: Queryable,
  customerSharePercent: number,
  leaseMs: number,
): Promise<boolean> {
  await tx.execute("SELECT pg_advisory_xact_lock(5051)");
  const { may } = await tx.one<{ may: boolean }>(
    `SELECT (${partnersRunning}) < greatest(1, floor(coalesce(sum(slots), 0) * (100 - $1::int) / 100.0)) AS may
     FROM pricing_worker WHERE seen_at > clock_timestamp() - interval '${2 * leaseMs} milliseconds'`,
    [customerSharePercent],
  );
  return may;
}

/** Ends jobs whose last allowed worker was lost too; parameters: the most tries before, the result. */
export const hopelessText = `
  UPDATE pricing_job SET state = 'failed', tries = tries + 1, result = $2, finished_at = clock_timestamp(), lease_until = NULL
  WHERE state = 'running' AND lease_until < clock_timestamp() AND tries >= $1`;

async function endHopeless(tx: Queryable, maxTries: number): Promise<void> {
  await tx.execute(hopelessText, [maxTries - 1, exhausted(maxTries, "its workers were lost")]);
}

function exhausted(tries: number, last: string): string {
  const message = `The calculation failed ${tries} times, at last because ${last}`;
  return storeResult({ kind: "failed", failure: { reason: "TRIES_EXHAUSTED", message } });
}
