import { backOffMs } from "./back-off";

const hourMs = 3_600_000;

test("the wait doubles with each attempt, up to 6 hours", () => {
  const longest = [1, 2, 3, 4, 13, 14, 15, 1_000].map((tries) => backOffMs(tries, 5_000, () => 1));
  expect(longest).toEqual([5_000, 10_000, 20_000, 40_000, 20_480_000, 6 * hourMs, 6 * hourMs, 6 * hourMs]);
});

test("up to half of the wait is left out at random", () => {
  expect(backOffMs(3, 5_000, () => 0)).toBe(10_000);
  expect(backOffMs(3, 5_000, () => 0.5)).toBe(15_000);
});

test.each([0, 0.5, 1])("three days hold between 24 and 40 attempts (random %p)", (random) => {
  let [attempts, at] = [1, 0];
  for (; at < 72 * hourMs; attempts++) at += backOffMs(attempts, 5_000, () => random);
  expect(attempts).toBeGreaterThanOrEqual(24);
  expect(attempts).toBeLessThanOrEqual(40);
});
