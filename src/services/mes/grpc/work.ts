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
import { leaseOf } from "../jobs/lease";
import type { JobQueue } from "../jobs/queue";
import { Slots } from "../jobs/slots";
import type { TakeReport } from "./take-report";

type Deps = { db: Database; queue: JobQueue; takeReport: TakeReport; leaseMs: number };

/** How often a worker's free slots look for jobs, in milliseconds. */
const lookMs = 100;

/** A worker's session: jobs go out while slots are free, reports come in, each is answered. Leases outlive it. */
export function work(
  host: ServiceHost,
  { db, queue, takeReport, leaseMs }: Deps,
): Handlers<typeof MesWorkerServiceDefinition>["work"] {
  return async function* (requests, { signal }) {
    const answers = new MessageQueue<WorkResponse>();
    const ended = new AbortController();
    const over = AbortSignal.any([signal, ended.signal]);
    const slots = new Slots();
    let workerId = "";

    async function listen(): Promise<void> {
      for await (const { workerId: name, message } of requests as AsyncIterable<WorkRequest>) {
        workerId = name;
        if (message?.$case === "ready") slots.said(message.value.freeSlots, message.value.slots);
        else if (message) {
          slots.heard(message.value);
          answers.push(await takeReport(message));
        }
      }
    }

    let told = { slots: 0, at: 0 };
    /** The queue knows how many slots there are, at all instances of this door, while their workers are connected. */
    async function tellSlots(): Promise<void> {
      if (slots.all === told.slots && Date.now() - told.at < leaseMs / 3) return;
      told = { slots: slots.all, at: Date.now() };
      if (slots.all > 0) await queue.connected(workerId, slots.all);
    }

    async function lease(): Promise<void> {
      while (!over.aborted) {
        await untraced(tellSlots);
        const job = slots.free > 0 ? await untraced(() => queue.claim(workerId)) : undefined;
        if (!job) {
          await sleep(lookMs, undefined, { signal: over }).catch(() => undefined);
          continue;
        }
        const value = await untraced(() => leaseOf(db, job, leaseMs));
        if (over.aborted) {
          // The worker went while its job was fetched: it never heard of it, and nothing has failed.
          await untraced(() => queue.giveBack(value.jobId, value.fence));
          return;
        }
        slots.leased(value);
        answers.push({ message: { $case: "lease", value } });
        host.log.debug({ job_id: value.jobId, worker_id: workerId }, "A job was leased");
      }
    }

    async function session(): Promise<void> {
      await Promise.all([listen().finally(() => ended.abort()), lease().finally(() => ended.abort())]);
      // The worker has said its last word: what it never spoke of it will not do. After a stream that broke it may still.
      for (const { jobId, fence } of slots.underWay) await untraced(() => queue.giveBack(jobId, fence));
      if (told.slots > 0) await untraced(() => queue.gone(workerId));
    }

    session().then(
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
