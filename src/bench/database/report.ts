import { cpus } from "node:os";
import { median, ratioOf } from "../stats";
import type { VariantName } from "./variants";

/** One round of one variant: processor time of its process per query, and how many it got through in a second. */
export type Sample = { cpuUs: number; perSecond: number };
export type Samples = ReadonlyMap<VariantName, readonly Sample[]>;

const baseline = "bare";
const twin = "bare again";

/** What the rounds come to, by variant; `inside_noise` says that the two identical baselines differ by as much. */
export function figures(samples: Samples, seed: number) {
  const cpu = (name: VariantName) => (samples.get(name) ?? []).map(({ cpuUs }) => cpuUs);
  const ratio = (name: VariantName) => ratioOf(cpu(name), cpu(baseline), seed);
  const noise = samples.has(twin) ? ratio(twin) : undefined;
  const widest = noise ? Math.max(Math.abs(noise.low - 1), Math.abs(noise.high - 1)) : 0;
  return [...samples.keys()].map((name) => {
    const us = cpu(name);
    const { ratio: value, low, high, min, max } = ratio(name);
    return {
      name,
      us: { min: Math.min(...us), median: median(us), max: Math.max(...us) },
      ratio: { ratio: value, low, high, min, max },
      perSecond: median((samples.get(name) ?? []).map((each) => each.perSecond)),
      insideNoise: name !== baseline && name !== twin && Math.abs(value - 1) <= widest,
    };
  });
}

export type Figures = ReturnType<typeof figures>;

export function resultTable(all: Figures): string {
  const head = row("", "min µs", "median", "max", "ratio (95 %)", "min–max", "queries/s");
  const rows = all.map(({ name, us, ratio, perSecond, insideNoise }) =>
    row(
      name,
      us.min.toFixed(1),
      us.median.toFixed(1),
      us.max.toFixed(1),
      `${ratio.ratio.toFixed(3)} (${ratio.low.toFixed(3)}–${ratio.high.toFixed(3)})`,
      `${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}`,
      perSecond.toFixed(0),
      insideNoise ? "inside the noise" : "",
    ),
  );
  return ["CPU µs of the client's process per query", head, ...rows, ""].join("\n");
}

function row(name: string, ...cells: string[]): string {
  const widths = [8, 8, 8, 21, 12, 10, 18];
  return [name.padEnd(38), ...cells.map((cell, i) => cell.padStart(widths[i] ?? 8))].join(" ").trimEnd();
}

/** Everything as data, for whoever compares two runs. */
export function report(all: Figures, rounds: number, queries: number, seed: number): object {
  return {
    node: process.version,
    cpus: cpus().length,
    rounds,
    queries,
    seed,
    variants: Object.fromEntries(
      all.map(({ name, us, ratio, perSecond, insideNoise }) => [
        name,
        {
          us: rounded(us),
          ...rounded(ratio),
          per_second: Math.round(perSecond),
          inside_noise: insideNoise,
        },
      ]),
    ),
  };
}

function rounded(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Math.round(value * 1_000) / 1_000]),
  );
}
