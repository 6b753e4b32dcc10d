import type { JobLease } from "../../../gen/alexandrite/mes/v1/mes_worker";
import { MesWorkerServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes_worker";
import { openClient, serviceKey } from "../../../platform/grpc";
import type { Closable } from "../../../platform/lifecycle";
import { createTestHost, type TestHost } from "../../../platform/testing";
import type { Calculate, Calculated } from "../calculation/calculate";
import { type FakeMes, startFakeMes } from "../testing/fake-mes";
import { leaseOf } from "../testing/leases";
import { startWorker } from "./worker";

/** A calculation that ends when the test says so. */
type Pending = {
  lease: JobLease;
  end(how: Calculated): void;
  move(fraction: number): void;
  off: AbortSignal;
};

let host: TestHost;
let mes: FakeMes;
let worker: Closable;
let pending: Pending[];

const calculate: Calculate = (lease, { onProgress, signal }) =>
  new Promise((resolve, reject) => {
    pending.push({ lease, end: resolve, move: onProgress, off: signal });
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });
const failed: Calculated = {
  kind: "failed",
  reason: "NOT_WATERTIGHT",
  message: "It has holes",
  deterministic: true,
  cpuSeconds: 0.5,
};

async function start(slots = 1, address = mes.address): Promise<void> {
  const client = await openClient(host, MesWorkerServiceDefinition, {
    address,
    credentials: serviceKey("a-key"),
  });
  await host.own(client);
  worker = await startWorker(host, { mes: client, calculate, slots });
}
async function calculation(at = 0): Promise<Pending> {
  for (let i = 0; i < 500 && pending[at] === undefined; i++) await pause(10);
  return pending[at]!;
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const newLease = (leaseMs = 15_000) => leaseOf(Buffer.from("a model"), { leaseMs });
const over = ({ jobId, fence }: JobLease) =>
  mes.answer({ $case: "confirmed", value: { jobId, fence, leaseMs: 0 } });

beforeEach(async () => {
  pending = [];
  host = createTestHost("pricing");
  mes = await startFakeMes();
});
afterEach(async () => {
  await worker.close();
  await host.close();
  await mes.close();
});

test("a worker says what it can take, reports on a job before it speaks of its slots again, and takes the next when MES has confirmed", async () => {
  await start(2);
  expect((await mes.next("ready")).value.freeSlots).toBe(2);
  const lease = newLease();
  mes.lease(lease);
  const { jobId, fence } = lease;
  expect(await mes.next("progress")).toMatchObject({ value: { jobId, fence, progress: 0 } });
  expect((await mes.next("ready")).value.freeSlots).toBe(1);
  (await calculation()).end(failed);
  expect(await mes.next("failed")).toMatchObject({
    value: { jobId, fence, deterministic: true, failure: { reason: "NOT_WATERTIGHT" } },
  });
  over(lease);
  expect((await mes.next("ready")).value.freeSlots).toBe(2);
  expect(await host.metric("pricing_worker_jobs_total", { outcome: "not_watertight" })).toBe(1);
});

test("a lease is renewed while its calculation makes no progress", async () => {
  await start();
  mes.lease(newLease(300));
  for (let i = 0; i < 4; i++) await mes.next("progress");
});

test("progress is told as it is made, and never falls", async () => {
  await start();
  mes.lease(newLease());
  await mes.next("progress");
  const { move } = await calculation();
  move(0.6);
  move(0.4);
  expect((await mes.next("progress")).value.progress).toBe(0.6);
  expect((await mes.next("progress")).value.progress).toBe(0.6);
});

test("an end that MES has not confirmed is told again", async () => {
  await start();
  const lease = newLease(300);
  mes.lease(lease);
  (await calculation()).end(failed);
  await mes.next("failed");
  await mes.next("failed");
  over(lease);
  expect((await mes.next("ready")).value.freeSlots).toBe(1);
});

test("a lost job is called off and frees its slot; another fence's loss is no matter", async () => {
  await start();
  const lease = newLease();
  mes.lease(lease);
  const { off } = await calculation();
  await mes.next("progress");
  await mes.next("ready");
  const { jobId, fence } = lease;
  mes.answer({ $case: "lost", value: { jobId, fence: fence - 1n } });
  await pause(100);
  expect(off.aborted).toBe(false);
  mes.answer({ $case: "lost", value: { jobId, fence } });
  expect((await mes.next("ready")).value.freeSlots).toBe(1);
  expect(off.aborted).toBe(true);
});

test("a job leased again to its own worker is begun anew under the new fence", async () => {
  await start();
  const lease = newLease();
  mes.lease(lease);
  const { off } = await calculation();
  mes.lease({ ...lease, fence: 2n });
  expect((await calculation(1)).lease.fence).toBe(2n);
  expect(off.aborted).toBe(true);
});

test("a lease beyond the slots is given back", async () => {
  await start();
  mes.lease(newLease());
  await calculation();
  const { jobId, fence } = newLease();
  mes.lease({ ...newLease(), jobId, fence });
  expect(await mes.next("returned")).toMatchObject({ value: { jobId, fence } });
  expect(pending).toHaveLength(1);
});

test("calculations outlive their stream: the next one hears of them first, and of their ends", async () => {
  await start();
  const lease = newLease();
  mes.lease(lease);
  const { end, move, off } = await calculation();
  await mes.next("progress");
  move(0.5);
  await mes.next("progress");
  const before = mes.heard.length;
  mes.hangUp();
  for (let i = 0; i < 500 && mes.sessions < 2; i++) await pause(10);
  for (let i = 0; i < 500 && mes.heard.length < before + 2; i++) await pause(10);
  expect(mes.heard.slice(before, before + 2)).toMatchObject([
    { $case: "progress", value: { jobId: lease.jobId, progress: 0.5 } },
    { $case: "ready", value: { freeSlots: 0 } },
  ]);
  expect(off.aborted).toBe(false);
  end(failed);
  await mes.next("failed");
});

test("a worker that finds no MES goes on looking for it", async () => {
  const { address } = mes;
  await mes.close();
  await start(1, address);
  await pause(500);
  mes = await startFakeMes(Number(address.split(":")[1]));
  expect((await mes.next("ready")).value.freeSlots).toBe(1);
});

test("a worker that stops calls its calculations off, gives their leases back and takes no more", async () => {
  await start();
  const lease = newLease();
  mes.lease(lease);
  const { off } = await calculation();
  const closing = worker.close();
  expect(await mes.next("returned")).toMatchObject({ value: { jobId: lease.jobId, fence: lease.fence } });
  expect(off.aborted).toBe(true);
  const late = newLease();
  mes.lease(late);
  expect(await mes.next("returned")).toMatchObject({ value: { jobId: late.jobId } });
  over(lease);
  await closing;
  expect(mes.sessions).toBe(1);
});
