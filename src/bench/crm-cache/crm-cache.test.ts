import { join } from "node:path";
import { Ages } from "./ages";
import { runCrmCache } from "./crm-cache";
import { report, resultTable } from "./report";

const options = {
  rounds: 1,
  warmup: 0,
  calls: 80,
  atATime: 8,
  updatesPerSecond: 100,
  orders: 500,
  seed: 1,
};

test("a service with the cache gives no answer older than its call while orders change, and gives some of them from memory", async () => {
  const samples = await runCrmCache({
    ...options,
    postgresUrl: process.env["TEST_POSTGRES_URL"],
    folder: join(__dirname, "../../../dist/bench/crm-cache"),
  });
  const [cached] = samples.mixed.with;
  expect(cached).toMatchObject({ stale: 0, staleAtCallMs: 0 });
  expect(cached?.updates).toBeGreaterThan(0);
  expect(cached?.reads["hit"]).toBeGreaterThan(0);
  expect(samples.mixed.without[0]?.reads).toEqual({});
  expect(samples.list.with[0]?.list.calls).toBe(options.calls);
  expect(samples.get.with[0]?.get.calls).toBe(options.calls);
  const { workloads } = report(samples, options);
  expect(workloads["list"]?.["with"]?.hit_ratio).toBeGreaterThan(0.2);
  expect(resultTable(report(samples, options)).split("\n")).toHaveLength(12);
}, 300_000);

test("an answer without a version that had been committed is as old as that commit", () => {
  const ages = new Ages();
  ages.begin();
  ages.applied({ orderId: "a", version: 4 }, 1_000);
  ages.saw({ orderId: "a", version: 4 }, 1_500, 1_510);
  expect(ages.worst()).toEqual({ stale: 0, staleAtCallMs: 0, ageAtAnswerMs: 0 });
  ages.saw({ orderId: "a", version: 3 }, 990, 1_020);
  expect(ages.worst()).toEqual({ stale: 0, staleAtCallMs: 0, ageAtAnswerMs: 20 });
  ages.saw({ orderId: "a", version: 3 }, 1_700, 1_710);
  expect(ages.worst()).toEqual({ stale: 1, staleAtCallMs: 700, ageAtAnswerMs: 710 });
});
