import { cpus } from "node:os";
import { median, ratioOf, type Ratio } from "../stats";
import type { Result, Samples } from "./contest";
import { counter, type Sample } from "./sample";

const baseline = "bare";
const twin = "bare again";

/** A table of one workload: CPU per call, its ratio to the baseline with a 95 % interval, and calls per second and p99 beside it. */
export function resultTable(title: string, samples: Samples, seed: number): string {
  const head = row(
    "",
    "min µs",
    "median",
    "max",
    "ratio (95 %)",
    "calls/s",
    "p99 ms",
    counter.available ? "k instr." : "",
  );
  const rows = [...samples].map(([variant, each]) => {
    const us = each.map(({ cpuUs }) => cpuUs);
    const { ratio, low, high } = ratioTo(samples, variant, seed);
    return row(
      variant,
      Math.min(...us).toFixed(1),
      median(us).toFixed(1),
      Math.max(...us).toFixed(1),
      `${ratio.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`,
      median(each.map(({ perSecond }) => perSecond)).toFixed(0),
      median(each.map(({ p99Ms }) => p99Ms)).toFixed(1),
      kiloInstructions(each),
      isNoise(samples, variant, seed) ? "inside the noise" : "",
    );
  });
  return [`${title}: CPU µs per call of the measured process`, head, ...rows, ""].join("\n");
}

function row(name: string, ...cells: string[]): string {
  const widths = [9, 9, 9, 21, 9, 9, 9, 18];
  return [name.padEnd(42), ...cells.map((cell, i) => cell.padStart(widths[i] ?? 9))].join(" ").trimEnd();
}

/** Thousands per call; empty where they are not counted. */
function kiloInstructions(samples: readonly Sample[]): string {
  const counts = samples.flatMap(({ instructions }) => (instructions === undefined ? [] : [instructions]));
  return counts.length === 0 ? "" : (median(counts) / 1_000).toFixed(0);
}

/** Everything as data, for whoever compares two runs. */
export function report(results: readonly Result[], recordingNs: object, seed: number): object {
  const rounds = [...(results[0]?.samples.values() ?? [])][0]?.length ?? 0;
  const sides: Record<string, Record<string, object>> = {};
  for (const { side, workload, samples } of results) {
    (sides[side] ??= {})[workload] = Object.fromEntries(
      [...samples.keys()].map((variant) => [variant, figures(samples, variant, seed)]),
    );
  }
  return {
    node: process.version,
    cpus: cpus().length,
    rounds,
    seed,
    instructions: counter.sentence,
    recording_ns: recordingNs,
    ...sides,
  };
}

function figures(samples: Samples, variant: string, seed: number): object {
  const us = (samples.get(variant) ?? []).map(({ cpuUs }) => cpuUs);
  const { ratio, low, high } = ratioTo(samples, variant, seed);
  return {
    us: { min: round(Math.min(...us)), median: round(median(us)), max: round(Math.max(...us)) },
    ratio: round(ratio),
    low: round(low),
    high: round(high),
    inside_noise: isNoise(samples, variant, seed),
    ...(counter.available && { kilo_instructions: Number(kiloInstructions(samples.get(variant) ?? [])) }),
  };
}

function ratioTo(samples: Samples, variant: string, seed: number): Ratio {
  const of = (name: string) => (samples.get(name) ?? []).map(({ cpuUs }) => cpuUs);
  const base = of(baseline);
  return base.length > 0
    ? ratioOf(of(variant), base, seed)
    : { ratio: NaN, low: NaN, high: NaN, min: NaN, max: NaN };
}

/** A difference that the two identical baselines have between them says nothing. */
function isNoise(samples: Samples, variant: string, seed: number): boolean {
  if (variant === baseline || variant === twin || !samples.has(twin)) return false;
  const noise = ratioTo(samples, twin, seed);
  const widest = Math.max(Math.abs(noise.low - 1), Math.abs(noise.high - 1));
  return Math.abs(ratioTo(samples, variant, seed).ratio - 1) <= widest;
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
