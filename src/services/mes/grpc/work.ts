import { setTimeout as sleep } from "node:timers/promises";
import type {
  MesWorkerServiceDefinition,
  WorkRequest,
  WorkResponse,
} from "../../../gen/alexandrite/mes/v1/mes_worker";
import { type Handlers, MessageQueue } from "../../../platform/grpc";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import { untraced } from "../../../platform/telemetry";
import type { Completer } from "../jobs/complete";
import { leaseOf } from "../jobs/lease";
import type { JobQueue } from "../jobs/queue";
import type { JobResult } from "../jobs/result";
import { pricingReportsTotal } from "../metrics";

type Deps = { db: Database; queue: JobQueue; completer: Completer; leaseMs: number };

/** How often a worker's free slots look for jobs, in milliseconds. */
const lookMs = 100;

/** A worker's session: jobs go out while slots are free, reports come in, each is answered. Leases outlive it. */
export function work(
  host: ServiceHost,
  { db, queue, completer, leaseMs }: Deps,
): Handlers<typeof MesWorkerServiceDefinition>["work"] {
  const reports = host.metrics.counter(pricingReportsTotal);

  /** Takes a report; undefined for what is none. */
  async function take(message: NonNullable<WorkRequest["message"]>): Promise<WorkResponse | undefined> {
    if (message.$case === "ready") return undefined;
    const { jobId, fence } = message.value;
    const held = await untraced(() => apply(message));
    reports.inc({ kind: message.$case, outcome: held ? "held" : "lost" });
    if (!held) return { message: { $case: "lost", value: { jobId, fence } } };
    const leaseLeft = message.$case === "progress" ? leaseMs : 0;
    // The worker is told after the orders have moved: what it hears is over is over. A failure here is the sweep's to mend.
    if (message.$case === "done" || message.$case === "failed") {
      await completer.complete(jobId).catch((error: unknown) => {
        host.log.warn(
          { err: error, job_id: jobId },
          "Orders that waited for a job could not be moved on yet",
        );
      });
    }
    return { message: { $case: "confirmed", value: { jobId, fence, leaseMs: leaseLeft } } };
  }

  async function apply(
    message: Exclude<NonNullable<WorkRequest["message"]>, { $case: "ready" }>,
  ): Promise<boolean> {
    const { jobId, fence } = message.value;
    switch (message.$case) {
      case "progress":
        return queue.renew(jobId, fence, message.value.progress);
      case "done": {
        const { geometry, unitPrice } = message.value;
        if (!geometry || !unitPrice) throw new Error("A validated report has no geometry or no price.");
        return queue.finish(jobId, fence, { kind: "priced", geometry, unitPrice });
      }
      case "failed": {
        const failure = message.value.failure ?? { reason: "UNKNOWN", message: "" };
        const result: JobResult = { kind: "failed", failure };
        if (message.value.deterministic) return queue.finish(jobId, fence, result);
        return queue.fail(jobId, fence, failure.reason, failure.message);
      }
      case "returned":
        return queue.giveBack(jobId, fence);
    }
  }

  return async function* (requests, { signal }) {
    const answers = new MessageQueue<WorkResponse>();
    const ended = new AbortController();
    let freeSlots = 0;
    let workerId = "";

    async function listen(): Promise<void> {
      for await (const request of requests) {
        workerId = request.workerId;
        if (request.message?.$case === "ready") freeSlots = request.message.value.freeSlots;
        const answer = request.message && (await take(request.message));
        if (answer) answers.push(answer);
      }
    }

    async function lease(): Promise<void> {
      while (!signal.aborted && !ended.signal.aborted) {
        const job = freeSlots > 0 ? await untraced(() => queue.claim(workerId)) : undefined;
        if (!job) {
          await sleep(lookMs, undefined, { signal: ended.signal }).catch(() => undefined);
          continue;
        }
        freeSlots -= 1;
        const value = await untraced(() => leaseOf(db, job, leaseMs));
        answers.push({ message: { $case: "lease", value } });
      }
    }

    const listening = listen();
    const leasing = lease();
    const both = Promise.all([listening.finally(() => ended.abort()), leasing.finally(() => ended.abort())]);
    both.then(
      () => answers.end(),
      (error: unknown) => answers.fail(error),
    );
    try {
      yield* answers;
    } finally {
      ended.abort();
    }
  };
}
