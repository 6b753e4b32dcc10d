import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type {
  JobLease,
  MesWorkerServiceDefinition,
  WorkRequest,
  WorkResponse,
} from "../../../gen/alexandrite/mes/v1/mes_worker";
import { type Client, MessageQueue } from "../../../platform/grpc";
import type { Closable, ServiceHost } from "../../../platform/lifecycle";
import type { Calculate } from "../calculation/calculate";
import { pricingSessionsTotal, pricingSlotsBusy } from "../metrics";
import { LeasedJob } from "./leased-job";

export type WorkerOptions = {
  mes: Client<typeof MesWorkerServiceDefinition>;
  calculate: Calculate;
  slots: number;
};

type Say = NonNullable<WorkRequest["message"]>;

const reconnectMs = { first: 100, longest: 5_000 };
/** How long MES may take to confirm what a stopping worker gives back, and again to end the stream, in milliseconds. */
const givingBackMs = 2_000;

/**
 * Works for MES until it is closed. One stream at a time; jobs outlive streams: while MES is away the calculations go on, and with the next stream their leases are
 * renewed and their results told. Closing kills the calculations and gives their leases back.
 */
export async function startWorker(host: ServiceHost, options: WorkerOptions): Promise<Closable> {
  const worker = new Worker(host, options);
  const running = worker.run();
  return {
    async close() {
      await worker.stop(running);
    },
  };
}

class Worker {
  readonly #id = randomUUID();
  readonly #host: ServiceHost;
  readonly #options: WorkerOptions;
  readonly #jobs = new Map<string, LeasedJob>();
  readonly #stopped = new AbortController();
  /** Ends the stream itself, after the leases were given back. */
  readonly #closed = new AbortController();
  #outgoing: MessageQueue<WorkRequest> | undefined;

  constructor(host: ServiceHost, options: WorkerOptions) {
    this.#host = host;
    this.#options = options;
  }

  async run(): Promise<void> {
    const sessions = this.#host.metrics.counter(pricingSessionsTotal).child({});
    let waitMs = reconnectMs.first;
    while (!this.#stopped.signal.aborted) {
      sessions.inc();
      const openedAt = Date.now();
      try {
        await this.#session(() => (waitMs = reconnectMs.first));
      } catch (error) {
        if (this.#stopped.signal.aborted) break;
        this.#host.log.warn({ err: error, wait_ms: waitMs }, "The stream to MES broke; it is opened again");
      }
      this.#outgoing = undefined;
      // A stream that lasted was a good one, also when MES had nothing to say.
      if (Date.now() - openedAt > reconnectMs.longest) waitMs = reconnectMs.first;
      await sleep(waitMs, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, reconnectMs.longest);
    }
  }

  /** One stream: what is under way is told again, then messages go both ways until it breaks. */
  async #session(onAnswer: () => void): Promise<void> {
    const outgoing = new MessageQueue<WorkRequest>();
    this.#outgoing = outgoing;
    for (const job of this.#jobs.values()) this.#say(job.status());
    this.#sayReady();
    for await (const { message } of this.#options.mes.work(outgoing, { signal: this.#closed.signal })) {
      onAnswer();
      if (message) this.#hear(message);
    }
  }

  #hear(message: NonNullable<WorkResponse["message"]>): void {
    switch (message.$case) {
      case "lease":
        this.#take(message.value);
        return;
      case "confirmed": {
        const job = this.#jobs.get(message.value.jobId);
        // A job is over when MES says so, not when it was reported: a report may be lost with its stream.
        if (job && job.fence === message.value.fence && message.value.leaseMs === 0) this.#drop(job);
        return;
      }
      case "lost": {
        const job = this.#jobs.get(message.value.jobId);
        if (job && job.fence === message.value.fence) this.#drop(job);
        return;
      }
    }
  }

  #take(lease: JobLease): void {
    const { jobId, fence } = lease;
    this.#jobs.get(jobId)?.drop();
    this.#jobs.delete(jobId);
    if (this.#stopped.signal.aborted || this.#jobs.size >= this.#options.slots) {
      this.#say({ $case: "returned", value: { jobId, fence } });
      return;
    }
    const job = new LeasedJob(this.#host, lease, this.#options.calculate, (message) => this.#say(message));
    this.#jobs.set(jobId, job);
    this.#count();
    // First of the job, then of the slots: MES takes a lease that it has not heard of for one that is still under way.
    this.#say(job.status());
    this.#sayReady();
  }

  #drop(job: LeasedJob): void {
    job.drop();
    this.#jobs.delete(job.jobId);
    this.#count();
    this.#sayReady();
  }

  #sayReady(): void {
    const freeSlots = this.#stopped.signal.aborted ? 0 : Math.max(0, this.#options.slots - this.#jobs.size);
    this.#say({ $case: "ready", value: { freeSlots, slots: this.#options.slots } });
  }

  #say(message: Say): void {
    this.#outgoing?.push({ workerId: this.#id, message });
  }

  #count(): void {
    this.#host.metrics.gauge(pricingSlotsBusy).set({}, this.#jobs.size);
  }

  async stop(running: Promise<void>): Promise<void> {
    this.#stopped.abort();
    this.#sayReady();
    for (const job of this.#jobs.values()) this.#say(job.giveBack());
    const until = Date.now() + givingBackMs;
    while (this.#jobs.size > 0 && this.#outgoing && Date.now() < until) await sleep(20);
    // MES ends the stream on our last word, and has given back by then what was still on its way to us.
    this.#outgoing?.end();
    const ended = new AbortController();
    void running.then(() => ended.abort());
    await sleep(givingBackMs, undefined, { signal: ended.signal }).catch(() => undefined);
    this.#closed.abort();
    await running;
    for (const job of this.#jobs.values()) job.drop();
  }
}
