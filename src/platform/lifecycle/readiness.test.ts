import { createMetrics } from "../telemetry";
import type { ReadinessReport } from "./host";
import { Readiness } from "./readiness";

let readiness: Readiness;
let told: boolean[];
const tell = ({ ready }: ReadinessReport): void => void told.push(ready);

beforeEach(() => {
  // Nothing below comes by a poll of its own.
  readiness = new Readiness(createMetrics(), 60_000);
  told = [];
});
afterEach(() => readiness.close());

test("a follower is told the verdict before it gets its handle, and a change at the next poll", async () => {
  let started = false;
  readiness.add("lifecycle", async () => {
    if (!started) throw new Error("starting");
  });
  await readiness.follow(tell);
  expect(told).toEqual([false]);
  started = true;
  await readiness.report();
  expect(told).toEqual([false]);
  await readiness.poll();
  await readiness.poll();
  expect(told).toEqual([false, true]);
});

test("a poll that is asked for during another looks again, for that one may have looked too early", async () => {
  let started = false;
  let looked: () => void = () => undefined;
  let slow = Promise.resolve();
  readiness.add("lifecycle", async () => {
    const isReady = started;
    looked();
    await slow;
    if (!isReady) throw new Error("starting");
  });
  await readiness.follow(tell);
  let finish: () => void = () => undefined;
  slow = new Promise((resolve) => (finish = resolve));
  const looking = new Promise<void>((resolve) => (looked = resolve));
  const early = readiness.poll();
  await looking;
  started = true;
  const late = readiness.poll();
  finish();
  await Promise.all([early, late]);
  expect(told).toEqual([false, true]);
});

test("who has closed its handle, or follows after the end, is told nothing more", async () => {
  let ok = true;
  readiness.add("database", async () => {
    if (!ok) throw new Error("down");
  });
  const first = await readiness.follow(tell);
  await first.close();
  ok = false;
  await readiness.poll();
  expect(told).toEqual([true]);
  readiness.close();
  await readiness.follow(tell);
  expect(told).toEqual([true]);
});
