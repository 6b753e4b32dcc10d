import { ratioOf, seededRandom, shuffled } from ".";

/** About normal noise around 1. */
function noisy(random: () => number, of: number): number {
  const sum = Array.from({ length: 12 }, random).reduce((a, b) => a + b, 0);
  return of * (1 + 0.05 * (sum - 6));
}

test("the interval has the true ratio in it about as often as it says", () => {
  const random = seededRandom(7);
  let hits = 0;
  for (let trial = 0; trial < 60; trial++) {
    const baseline = Array.from({ length: 24 }, () => noisy(random, 100));
    const samples = Array.from({ length: 24 }, () => noisy(random, 120));
    const { low, high } = ratioOf(samples, baseline, trial);
    if (low <= 1.2 && 1.2 <= high) hits += 1;
  }
  expect(hits).toBeGreaterThanOrEqual(54);
  expect(hits).toBeLessThan(60);
});

test("a busy round moves neither the ratio nor the interval: both of a pair were slow", () => {
  const quiet = ratioOf([110, 110, 110, 110], [100, 100, 100, 100], 1);
  expect(ratioOf([110, 1_100, 110, 220], [100, 1_000, 100, 200], 1)).toEqual(quiet);
  expect(quiet).toEqual({ ratio: 1.1, low: 1.1, high: 1.1, min: 1.1, max: 1.1 });
});

test("the same seed draws the same numbers and the same order", () => {
  const items = Array.from({ length: 20 }, (_, i) => i);
  expect(shuffled(items, seededRandom(3))).toEqual(shuffled(items, seededRandom(3)));
  expect(shuffled(items, seededRandom(3))).not.toEqual(shuffled(items, seededRandom(4)));
  expect(shuffled(items, seededRandom(3)).sort((a, b) => a - b)).toEqual(items);
});

test("samples without their pair are refused", () => {
  expect(() => ratioOf([1, 2], [1], 1)).toThrow("2 samples and 1 of the baseline");
  expect(() => ratioOf([], [], 1)).toThrow("0 samples");
});
