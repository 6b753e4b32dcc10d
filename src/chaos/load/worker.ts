import type { ClientRecorder, JobStep } from "../../checker";
import type {
  JobLease,
  MesWorkerServiceDefinition,
  WorkRequest,
  WorkResponse,
} from "../../gen/alexandrite/mes/v1/mes_worker";
import { type Client, MessageQueue } from "../../platform/grpc";
import { pause } from "./again";
import { geometryOfCube, priceOf } from "./cube-price";
import { chance, type World } from "./world";

export type WorkersDoor = Client<typeof MesWorkerServiceDefinition>;

type Said = NonNullable<WorkRequest["message"]>;

/**
 * A pricing worker whose every claim and report is written down, beside the real ones: they tell nobody. It prices cubes, and is not reliable: it keeps some jobs for longer than it needs,
 * gives some back, and wakes up with some after their lease has ended.
 */
export async function workOnJobs(world: World, name: string): Promise<void> {
  const client = world.recorder.client(name, { role: "service", id: "pricing" });
  while (await pause(world, 200)) await session(world, name, client).catch(() => undefined);
}

async function session(world: World, workerId: string, client: ClientRecorder): Promise<void> {
  const said = new MessageQueue<WorkRequest>();
  const stream = world.people.workers.work(said, { signal: world.signal });
  const heard = stream[Symbol.asyncIterator]();
  const next = async (): Promise<NonNullable<WorkResponse["message"]>> => {
    const { value, done } = await heard.next();
    if (done || !value?.message) throw new Error("The session is over.");
    return value.message;
  };
  const say = (message: Said): void => said.push({ workerId, message });
  const stepOf = ({ jobId, fence }: JobLease): JobStep => ({ jobId, fence: String(fence), workerId });
  const claim = (): Promise<JobLease> =>
    client.record(
      { kind: "claim", name: "claim", store: "mes" },
      async () => {
        say({ $case: "ready", value: { freeSlots: 1, slots: 1 } });
        const message = await next();
        if (message.$case !== "lease") throw new Error(`MES says ${message.$case}, not lease.`);
        return message.value;
      },
      () => [],
      (lease) => ({ job: { ...stepOf(lease), leaseMs: lease.leaseMs } }),
    );
  const report = (lease: JobLease, message: Exclude<Said, { $case: "ready" }>): Promise<boolean> =>
    client
      .record(
        { kind: "report", name: message.$case, store: "mes" },
        async () => {
          say(message);
          return next();
        },
        () => [],
        (answer) => ({
          job: {
            ...stepOf(lease),
            report: message.$case,
            held: answer.$case === "confirmed",
            ...(answer.$case === "confirmed" && { leaseMs: answer.value.leaseMs }),
          },
        }),
      )
      .then(({ $case }) => $case === "confirmed");
  try {
    for (;;) await treat(world, await claim(), report);
  } finally {
    said.end();
    await heard.return?.(undefined).catch(() => undefined);
  }
}

/** What becomes of a job. */
async function treat(
  world: World,
  lease: JobLease,
  report: (lease: JobLease, message: Exclude<Said, { $case: "ready" }>) => Promise<boolean>,
): Promise<void> {
  const { jobId, fence } = lease;
  const edge = world.models.edgeOf(lease.modelSha256);
  if (edge === undefined || chance(world, 0.1))
    return void (await report(lease, { $case: "returned", value: { jobId, fence } }));
  if (chance(world, 0.15)) await pause(world, lease.leaseMs * (0.8 + world.random()));
  else if (chance(world, 0.3)) {
    for (let n = 1; n <= 3; n++) {
      if (!(await pause(world, lease.leaseMs / 5))) return;
      if (!(await report(lease, { $case: "progress", value: { jobId, fence, progress: n / 4 } }))) return;
    }
  }
  if (world.signal.aborted) return;
  const geometry = geometryOfCube(edge);
  const value = { jobId, fence, geometry, unitPrice: priceOf(geometry, lease), cpuSeconds: 0.001 };
  await report(lease, { $case: "done", value });
}
