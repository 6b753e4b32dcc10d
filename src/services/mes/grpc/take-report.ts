import type { WorkRequest, WorkResponse } from "../../../gen/alexandrite/mes/v1/mes_worker";
import type { Failure } from "../../../gen/alexandrite/order/v1/order";
import type { ServiceHost } from "../../../platform/lifecycle";
import { untraced } from "../../../platform/telemetry";
import type { Completer } from "../jobs/complete";
import type { JobQueue } from "../jobs/queue";
import { pricingReportsTotal } from "../metrics";

/** What a worker says of a job. */
export type Report = Exclude<NonNullable<WorkRequest["message"]>, { $case: "ready" }>;
/** Takes a report and tells what to answer: confirmed, or lost when the lease is gone. */
export type TakeReport = (report: Report) => Promise<WorkResponse>;

type Deps = { queue: JobQueue; completer: Completer; leaseMs: number };

export function createTakeReport(host: ServiceHost, { queue, completer, leaseMs }: Deps): TakeReport {
  const reports = host.metrics.counter(pricingReportsTotal);
  for (const kind of ["progress", "done", "failed", "returned"] as const)
    for (const outcome of ["held", "lost"]) reports.child({ kind, outcome });

  async function apply(report: Report): Promise<boolean> {
    const { jobId, fence } = report.value;
    switch (report.$case) {
      case "progress":
        return queue.renew(jobId, fence, report.value.progress);
      case "done": {
        const { geometry, unitPrice } = report.value;
        if (!geometry || !unitPrice) throw new Error("A validated report has no geometry or no price.");
        return queue.finish(jobId, fence, { kind: "priced", geometry, unitPrice });
      }
      case "failed": {
        const failure = storable(report.value.failure);
        if (report.value.deterministic) return queue.finish(jobId, fence, { kind: "failed", failure });
        return queue.fail(jobId, fence, failure.reason, failure.message);
      }
      case "returned":
        return queue.giveBack(jobId, fence);
    }
  }

  return async (report) => {
    const { jobId, fence } = report.value;
    const held = await untraced(() => apply(report));
    reports.inc({ kind: report.$case, outcome: held ? "held" : "lost" });
    if (!held) return { message: { $case: "lost", value: { jobId, fence } } };
    // The worker is told after the orders have moved: what it hears is over is over. A failure here is the sweep's to mend.
    if (report.$case === "done" || report.$case === "failed") {
      await completer.complete(jobId).catch((error: unknown) => {
        host.log.warn(
          { err: error, job_id: jobId },
          "Orders that waited for a job could not be moved on yet",
        );
      });
    }
    const leaseLeft = report.$case === "progress" ? leaseMs : 0;
    return { message: { $case: "confirmed", value: { jobId, fence, leaseMs: leaseLeft } } };
  };
}

const longestMessage = 1_000;

/** A failure may quote a hostile file; what no database takes is refused at the door. */
function storable({ reason, message }: Failure = { reason: "", message: "" }): Failure {
  return {
    reason: /^[A-Z][A-Z0-9_]{0,63}$/.test(reason) ? reason : "UNKNOWN",
    message: message.slice(0, longestMessage),
  };
}
