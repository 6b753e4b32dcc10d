import { getPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { openProcesses, type Processes } from "../../../platform/process";
import { createTestHost, type TestHost } from "../../../platform/testing";
import { binaryStlOf, cubeTriangles } from "../geometry/testing";
import { childrenGone, nextChild } from "../testing/child-processes";
import { leaseOf } from "../testing/leases";
import { termsOf } from "./job";
import { type ChildLimits, runChild } from "./run-child";

const cube = binaryStlOf(cubeTriangles(10));
const limits: ChildLimits = { memoryMb: 500, stallMs: 20_000, totalMs: 20_000 };
const job = {
  format: "stl",
  unit: "millimeter",
  byteLength: cube.length,
  terms: termsOf(leaseOf(cube)),
} as const;

async function* bytesOf(model: Buffer) {
  yield model;
}
/** A source that keeps its reader waiting. */
async function* nothing(signal: AbortSignal): AsyncGenerator<Buffer> {
  await sleep(60_000, undefined, { signal }).catch(() => undefined);
}

let release: AbortController;
let host: TestHost;
let processes: Processes;
beforeEach(async () => {
  release = new AbortController();
  host = createTestHost("pricing");
  processes = await host.own(openProcesses(host));
});
afterEach(async () => {
  release.abort();
  await host.close();
  await childrenGone();
});

const run = (
  model: AsyncIterable<Uint8Array>,
  changes: Partial<ChildLimits> = {},
  signal = new AbortController().signal,
) => runChild(processes, job, model, { ...limits, ...changes }, { onProgress: () => undefined, signal });
const died = (reason: string) => expect.objectContaining({ name: "ChildDiedError", reason });

test("a model is measured and priced in a process of its own, which gives way to the others", async () => {
  const running = run(bytesOf(cube));
  const pid = await nextChild();
  expect(getPriority(pid)).toBe(10);
  const report = await running;
  expect(report).toMatchObject({
    kind: "measured",
    geometry: { triangles: 12, volumeMm3: expect.closeTo(1_000, 6), watertight: true, bodies: 1 },
    result: { status: "PRICED", price: { unitPriceMinor: 50_000 } },
  });
  const counted = { program: "calculation", outcome: "ok" };
  expect(await host.metric("child_process_handled_total", counted)).toBe(1);
  const cpuSeconds = "cpuSeconds" in report ? report.cpuSeconds : 0;
  expect(await host.metric("child_process_cpu_seconds_total")).toBe(cpuSeconds);
});

test("a model at fault is refused with its reason", async () => {
  const nan = Buffer.from(cube);
  nan.writeFloatLE(Number.NaN, 84 + 12);
  expect(await run(bytesOf(nan))).toMatchObject({ kind: "refused", reason: "NOT_FINITE" });
  expect(await run(bytesOf(cube.subarray(0, 300)))).toMatchObject({ kind: "refused", reason: "TRUNCATED" });
});

test("a calculation without progress is killed", async () => {
  await expect(run(nothing(release.signal), { stallMs: 600 })).rejects.toEqual(died("STALLED"));
});

test("a calculation that takes too long is killed, however well it moves", async () => {
  async function* trickle() {
    for (let at = 0; !release.signal.aborted; at++) {
      yield cube.subarray(at % 80, (at % 80) + 1);
      await sleep(50);
    }
  }
  await expect(run(trickle(), { stallMs: 500, totalMs: 1_200 })).rejects.toEqual(died("TOO_SLOW"));
});

test("a calculation that takes too much memory is killed", async () => {
  await expect(run(nothing(release.signal), { memoryMb: 20 })).rejects.toMatchObject({
    reason: expect.stringMatching(/TOO_MUCH_MEMORY|CRASHED/),
  });
});

test("a calculation that is killed from outside has crashed", async () => {
  const running = run(nothing(release.signal));
  process.kill(await nextChild(), "SIGKILL");
  await expect(running).rejects.toEqual(died("CRASHED"));
});

test("a calculation that is called off is killed", async () => {
  const off = new AbortController();
  const running = run(nothing(release.signal), {}, off.signal);
  await nextChild();
  off.abort();
  await expect(running).rejects.toEqual(died("STOPPED"));
});

test("a model that cannot be read fails with the reader's error, not with the half that came", async () => {
  const broken = new Error("the store is gone");
  async function* half() {
    yield cube.subarray(0, 400);
    await sleep(300);
    throw broken;
  }
  await expect(run(half())).rejects.toBe(broken);
  expect(await host.metric("child_process_handled_total", { outcome: "cancelled" })).toBe(1);
});
