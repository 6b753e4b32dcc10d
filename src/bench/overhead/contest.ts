import { shuffled } from "../stats";
import type { Sample } from "./sample";
import type { Workload } from "./workload";

/** The rounds of every variant, in the order they were measured. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/** Measures every variant once a round, in a new random order each; the warm-up's rounds are not kept. */
export async function runContest(
  variants: readonly string[],
  take: (variant: string) => Promise<Sample>,
  { rounds, warmup, random, title }: { rounds: number; warmup: number; random: () => number; title: string },
): Promise<Samples> {
  const samples = new Map(variants.map((variant) => [variant, [] as Sample[]]));
  for (let round = -warmup; round < rounds; round++) {
    process.stderr.write(`\r${title}: ${round < 0 ? "warm-up" : `round ${round + 1} of ${rounds}`}    `);
    for (const variant of shuffled(variants, random)) {
      const sample = await take(variant);
      if (round >= 0) samples.get(variant)?.push(sample);
    }
  }
  process.stderr.write("\r");
  return samples;
}

export type Side = "server" | "client";
export type Result = { side: Side; workload: Workload; samples: Samples };
