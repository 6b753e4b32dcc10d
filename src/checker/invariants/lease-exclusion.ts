import type { JobStep, Operation } from "../history";
import type { Breach, Invariant } from "./invariant";
import { groupBy, type Seen } from "./seen";

type Step = Operation & { job: JobStep };

/** As far as workers can tell: a lease runs at least from the start of the call that brought it for as long as it was said to. */
export const leaseExclusion: Invariant = {
  name: "lease-exclusion",
  promises: "While a worker's lease of a job runs, nobody else gets the job; every claim has a higher fence.",
  needs: ["history"],
  check(seen) {
    const steps = seen.operations.filter(
      (operation): operation is Step => operation.job !== undefined && operation.outcome === "ok",
    );
    return [...groupBy(steps, ({ job }) => job.jobId)].flatMap(([jobId, ofJob]) =>
      mayHaveBeenDropped(seen, jobId)
        ? sameFences(jobId, ofJob)
        : [...sameFences(jobId, ofJob), ...overlaps(jobId, ofJob)],
    );
  },
};

/** A job for which no order waits any more is taken from its worker, and begins anew for the next order. */
function mayHaveBeenDropped({ evidence, lastOf }: Seen, jobId: string): boolean {
  const waiting = evidence.pricing?.attachments.filter((each) => each.jobId === jobId) ?? [];
  return waiting.some(({ orderId }) => lastOf(orderId)?.status === "CANCELLED");
}

function claimsOf(steps: readonly Step[]): Step[] {
  return steps.filter(({ kind }) => kind === "claim").sort((a, b) => a.startedAt - b.startedAt);
}

function sameFences(jobId: string, steps: readonly Step[]): Breach[] {
  const claims = claimsOf(steps);
  return claims.flatMap((claim, at) => {
    const earlier = claims
      .slice(0, at)
      .find(
        (other) =>
          BigInt(other.job.fence) === BigInt(claim.job.fence) ||
          (other.endedAt < claim.startedAt && BigInt(other.job.fence) > BigInt(claim.job.fence)),
      );
    if (!earlier) return [];
    return [
      {
        about: jobId,
        where: `the claim of ${claim.job.workerId}`,
        found: `fence ${claim.job.fence}, after fence ${earlier.job.fence} of ${earlier.job.workerId}`,
        expected: "a higher fence",
      },
    ];
  });
}

function overlaps(jobId: string, steps: readonly Step[]): Breach[] {
  return claimsOf(steps).flatMap((claim) => {
    const held = steps.find(
      (other) =>
        BigInt(other.job.fence) < BigInt(claim.job.fence) &&
        (other.kind === "claim" || (other.job.report === "progress" && other.job.held === true)) &&
        other.endedAt < claim.startedAt &&
        claim.endedAt < other.startedAt + (other.job.leaseMs ?? 0) &&
        !wasLetGo(steps, other, claim.endedAt),
    );
    if (!held) return [];
    return [
      {
        about: jobId,
        where: `the claim of ${claim.job.workerId}, fence ${claim.job.fence}`,
        found: `the lease of ${held.job.workerId}, fence ${held.job.fence}, still runs`,
        expected: "a job that nobody holds",
      },
    ];
  });
}

function wasLetGo(steps: readonly Step[], { job }: Step, before: number): boolean {
  return steps.some(
    (other) =>
      other.kind === "report" &&
      other.job.fence === job.fence &&
      other.job.report !== "progress" &&
      other.startedAt < before,
  );
}
