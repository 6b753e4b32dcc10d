import type {
  JobLease,
  MesWorkerServiceDefinition,
  WorkRequest,
  WorkResponse,
} from "../../../gen/alexandrite/mes/v1/mes_worker";
import { type Client, MessageQueue, type PlainMetadata } from "../../../platform/grpc";

type Said = NonNullable<WorkRequest["message"]>;

/** A worker's session, driven by hand. */
export type FakeWorker = {
  say(message: Said): void;
  ready(freeSlots: number): void;
  done(lease: JobLease, totalMinor?: bigint): void;
  failed(lease: JobLease, reason: string, deterministic: boolean): void;
  /** The next thing that MES says; throws when it says nothing for so long. */
  next(ms?: number): Promise<NonNullable<WorkResponse["message"]>>;
  /** The next thing that MES says, which must be a lease. */
  lease(): Promise<JobLease>;
  /** Says the last word; the stream stays open until MES ends it. */
  end(): void;
  close(): Promise<void>;
};

export function openFakeWorker(
  workers: Client<typeof MesWorkerServiceDefinition>,
  metadata: PlainMetadata,
  workerId: string,
): FakeWorker {
  const said = new MessageQueue<WorkRequest>();
  const hangUp = new AbortController();
  const heard = workers.work(said, { metadata, signal: hangUp.signal })[Symbol.asyncIterator]();
  let pending: Promise<IteratorResult<WorkResponse>> | undefined;
  const say = (message: Said): void => said.push({ workerId, message });

  const self: FakeWorker = {
    say,
    ready: (freeSlots) => say({ $case: "ready", value: { freeSlots, slots: 0 } }),
    done({ jobId, fence }, totalMinor = 50_000n) {
      const value = { jobId, fence, geometry, unitPrice: { ...unitPrice, totalMinor }, cpuSeconds: 0.1 };
      say({ $case: "done", value });
    },
    failed({ jobId, fence }, reason, deterministic) {
      say({
        $case: "failed",
        value: { jobId, fence, failure: { reason, message: "As told" }, deterministic },
      });
    },
    async next(ms = 10_000) {
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error("MES says nothing.")), ms);
      });
      // What comes after a silence that was expected must not be lost.
      pending ??= heard.next();
      try {
        const { value, done } = await Promise.race([pending, silence]);
        pending = undefined;
        if (done || !value?.message) throw new Error("MES has ended the session.");
        return value.message;
      } finally {
        clearTimeout(timer);
      }
    },
    async lease() {
      const message = await self.next();
      if (message.$case !== "lease") throw new Error(`MES says ${message.$case}, not lease.`);
      return message.value;
    },
    end: () => said.end(),
    async close() {
      pending?.catch(() => undefined);
      said.end();
      hangUp.abort();
      await heard.return?.(undefined).catch(() => undefined);
    },
  };
  return self;
}

const geometry = {
  triangles: 12n,
  volumeMm3: 1_000,
  areaMm2: 600,
  extentsMm: [10, 10, 10],
  watertight: true,
  bodies: 1,
};
const unitPrice = {
  materialMinor: 310n,
  machineMinor: 1_875n,
  finishingMinor: 0n,
  setupMinor: 47_815n,
  totalMinor: 50_000n,
  currency: "RUB",
  massGrams: 1.24,
  machineSeconds: 150,
};
