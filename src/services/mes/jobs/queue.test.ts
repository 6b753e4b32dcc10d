import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../../platform/postgres";
import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../../../platform/testing";
import { mesMigrations } from "../store/migrations";
import { type ClaimedJob, createJobQueue, type JobQueue } from "./queue";
import type { JobResult } from "./result";

const maxTries = 3;
const leaseMs = 150;

let database: TestDatabase;
let host: TestHost;
let db: Database;
/** Leases that outlast a test, and leases that a test can wait out. */
let queue: JobQueue;
let hasty: JobQueue;

beforeAll(async () => {
  database = await testDatabase(mesMigrations);
  host = createTestHost("mes");
  db = await database.open(host);
  queue = createJobQueue(db, { leaseMs: 60_000, maxTries });
  hasty = createJobQueue(db, { leaseMs, maxTries });
});
afterAll(async () => {
  await host?.close();
  await database?.drop();
});
beforeEach(() => db.execute("DELETE FROM pricing_job"));

async function addJob(): Promise<string> {
  const { job_id } = await db.one<{ job_id: string }>(
    `INSERT INTO pricing_job (model_sha256, format, unit, material, finish, price_book_version, model_size_bytes, trace)
     VALUES ($1, 'STL', 'MILLIMETER', 'PLA', 'RAW', 1, 684, '{}') RETURNING job_id`,
    [randomUUID()],
  );
  return job_id;
}

async function claimWith(from: JobQueue, workerId = "a"): Promise<ClaimedJob & { held: bigint }> {
  const job = await from.claim(workerId);
  if (!job) throw new Error("There is no job to claim.");
  return { ...job, held: BigInt(job.fence) };
}

type JobRow = { state: string; tries: number; fence: number; progress: number; result: unknown };
const stored = (jobId: string) =>
  db.one<JobRow>("SELECT state, tries, fence, progress, result FROM pricing_job WHERE job_id = $1", [jobId]);
const lapse = () => sleep(leaseMs + 50);

const result: JobResult = { kind: "failed", failure: { reason: "NOT_WATERTIGHT", message: "It has holes" } };

test("jobs are leased to one worker each, the longest waiting first", async () => {
  const jobs = [await addJob(), await addJob(), await addJob()];
  const claimed = [await claimWith(queue), await claimWith(queue), await claimWith(queue)];
  expect(claimed.map(({ job_id }) => job_id)).toEqual(jobs);
  expect(await queue.claim("b")).toBeUndefined();
});

test("workers that claim at once never get the same job", async () => {
  const jobs = [];
  for (let i = 0; i < 8; i++) jobs.push(await addJob());
  const claimed = await Promise.all(jobs.map((_, i) => queue.claim(`worker-${i}`)));
  const got = claimed.flatMap((job) => (job ? [job.job_id] : []));
  expect(new Set(got).size).toBe(got.length);
  expect(got.length).toBeGreaterThan(0);
});

test("a lease that lapsed goes to the next worker under a higher fence, and counts as a try", async () => {
  await addJob();
  const first = await claimWith(hasty, "a");
  await lapse();
  const second = await claimWith(hasty, "b");
  expect(second.job_id).toBe(first.job_id);
  expect(second.held).toBe(first.held + 1n);
  expect(await stored(first.job_id)).toMatchObject({ state: "running", tries: 1 });
});

test("a worker whose job another has taken can report nothing more of it", async () => {
  await addJob();
  const stale = await claimWith(hasty, "a");
  await lapse();
  const fresh = await claimWith(queue, "b");
  expect(await queue.finish(stale.job_id, stale.held, result)).toBe(false);
  expect(await queue.renew(stale.job_id, stale.held, 0.9)).toBe(false);
  expect(await queue.fail(stale.job_id, stale.held, "CRASHED", "it crashed")).toBe(false);
  expect(await queue.giveBack(stale.job_id, stale.held)).toBe(false);
  expect(await stored(stale.job_id)).toMatchObject({ state: "running", progress: 0, result: null });
  expect(await queue.finish(fresh.job_id, fresh.held, result)).toBe(true);
});

test("a lease that lapsed and that nobody took is still its worker's", async () => {
  await addJob();
  const { job_id, held } = await claimWith(hasty, "a");
  await lapse();
  expect(await queue.renew(job_id, held, 0.5)).toBe(true);
  expect(await hasty.claim("b")).toBeUndefined();
  expect(await queue.finish(job_id, held, result)).toBe(true);
});

test("progress never goes back under one fence, and begins anew under the next", async () => {
  await addJob();
  const first = await claimWith(queue);
  await queue.renew(first.job_id, first.held, 0.6);
  await queue.renew(first.job_id, first.held, 0.4);
  expect(await stored(first.job_id)).toMatchObject({ progress: 0.6 });
  await queue.giveBack(first.job_id, first.held);
  await claimWith(queue);
  expect(await stored(first.job_id)).toMatchObject({ progress: 0 });
});

test("a job is finished once: a repeated report finds the lease gone", async () => {
  await addJob();
  const { job_id, held } = await claimWith(queue);
  expect(await queue.finish(job_id, held, result)).toBe(true);
  expect(await queue.finish(job_id, held, result)).toBe(false);
  expect(await stored(job_id)).toMatchObject({ state: "failed", result: { kind: "failed" } });
  expect(await queue.claim("b")).toBeUndefined();
});

test("a job that is given back is queued again, and no try is counted", async () => {
  await addJob();
  const { job_id, held } = await claimWith(queue, "a");
  expect(await queue.giveBack(job_id, held)).toBe(true);
  expect(await stored(job_id)).toMatchObject({ state: "queued", tries: 0 });
  expect((await claimWith(queue, "b")).held).toBe(held + 1n);
});

test("failures that may be chance are endured up to their bound", async () => {
  const jobId = await addJob();
  for (let attempt = 1; attempt <= maxTries; attempt++) {
    expect(await stored(jobId)).toMatchObject({ state: "queued", tries: attempt - 1 });
    const { held } = await claimWith(queue);
    expect(await queue.fail(jobId, held, "OUT_OF_MEMORY", "the child was killed")).toBe(true);
  }
  const { state, result: end } = await stored(jobId);
  expect(state).toBe("failed");
  expect(end).toMatchObject({ failure: { reason: "TRIES_EXHAUSTED" } });
  expect(JSON.stringify(end)).toContain("OUT_OF_MEMORY: the child was killed");
});

test("a job that loses every worker it is given to fails in the end", async () => {
  const jobId = await addJob();
  for (let attempt = 1; attempt <= maxTries; attempt++) {
    await claimWith(hasty, `worker-${attempt}`);
    await lapse();
  }
  expect(await hasty.claim("the next")).toBeUndefined();
  expect(await stored(jobId)).toMatchObject({
    state: "failed",
    tries: maxTries,
    result: { failure: { reason: "TRIES_EXHAUSTED" } },
  });
});
