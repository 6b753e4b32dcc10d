import { median, quantileSorted, sampleWithReplacement } from "simple-statistics";
import { seededRandom } from "./random";

/** How often the rounds are drawn again for the interval. */
const draws = 2_000;

/** A ratio of medians of pairs, with its 95 % interval, and the smallest and largest pair. */
export type Ratio = { ratio: number; low: number; high: number; min: number; max: number };

/**
 * How many times the baseline the samples are: the median of the ratios of the pairs, for the two of a round were measured while the machine was about equally busy.
 * The interval is the percentile bootstrap's (Efron and Tibshirani 1993, chapter 13) over the rounds. Throws when the lists differ in length or are empty.
 */
export function ratioOf(samples: readonly number[], baseline: readonly number[], seed: number): Ratio {
  if (samples.length !== baseline.length || samples.length === 0) {
    throw new Error(
      `Pairs are needed, not ${samples.length} samples and ${baseline.length} of the baseline.`,
    );
  }
  const ratios = samples.map((sample, round) => sample / (baseline[round] as number));
  const random = seededRandom(seed);
  const medians = Array.from({ length: draws }, () =>
    median(sampleWithReplacement(ratios, ratios.length, random)),
  ).sort((a, b) => a - b);
  return {
    ratio: median(ratios),
    low: quantileSorted(medians, 0.025),
    high: quantileSorted(medians, 0.975),
    min: Math.min(...ratios),
    max: Math.max(...ratios),
  };
}
