import type { JobStep, Operation } from "../history";
import type { Breach, Invariant } from "./invariant";
import { groupBy } from "./seen";

type Step = Operation & { job: JobStep };

/** A worker that froze with a job and wakes up after another one got it. */
export const staleResultsRefused: Invariant = {
  name: "stale-results-refused",
  promises:
    "No report of a job is taken under a fence below one that was given out before, and no job is done twice.",
  needs: ["history"],
  check({ operations }) {
    const steps = operations.filter(
      (operation): operation is Step => operation.job !== undefined && operation.outcome === "ok",
    );
    return [...groupBy(steps, ({ job }) => job.jobId)].flatMap(([jobId, ofJob]) => [
      ...stale(jobId, ofJob),
      ...twice(jobId, ofJob),
    ]);
  },
};

function stale(jobId: string, steps: readonly Step[]): Breach[] {
  return steps.flatMap(({ kind, job, startedAt }) => {
    if (kind !== "report" || job.held !== true) return [];
    const newer = steps.find(
      (other) =>
        other.kind === "claim" && BigInt(other.job.fence) > BigInt(job.fence) && other.endedAt < startedAt,
    );
    if (!newer) return [];
    return [
      {
        about: jobId,
        where: `the report of ${job.workerId}, fence ${job.fence}: ${job.report}`,
        found: "taken",
        expected: `refused, because ${newer.job.workerId} had got fence ${newer.job.fence}`,
      },
    ];
  });
}

function twice(jobId: string, steps: readonly Step[]): Breach[] {
  const done = steps.filter(
    ({ kind, job }) => kind === "report" && job.report === "done" && job.held === true,
  );
  if (done.length < 2) return [];
  const found = done.map(({ job }) => `${job.workerId} with fence ${job.fence}`).join(", ");
  return [{ about: jobId, where: "its results", found: `taken from ${found}`, expected: "one result" }];
}
