import { Latencies, quantile } from "./latency";

test("a quantile is the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantile(hundred, 0.5)).toBe(50);
  expect(quantile(hundred, 0.99)).toBe(99);
  expect(quantile([7], 0.99)).toBe(7);
});

test("a step that fails is not timed", async () => {
  const latencies = new Latencies();
  await latencies.time("pay", async () => undefined);
  await expect(latencies.time("ship", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(Object.keys(latencies.p99())).toEqual(["pay"]);
});
