import { cpus } from "node:os";
import { median, ratioOf } from "../stats";
import type { Results } from "./main";
import type { Sample } from "./sample";
import type { ServerVariant } from "./variants";
import type { Workload } from "./workload";

const baseline: ServerVariant = "bare";
const twin: ServerVariant = "bare again";

/** A table of one workload: CPU per call, its ratio to the baseline with a 95 % interval, and what is steadier seen beside it. */
export function resultTable(
  workload: Workload,
  samples: ReadonlyMap<ServerVariant, readonly Sample[]>,
  seed: number,
): string {
  const rows = [...samples].map(([variant, each]) => {
    const us = each.map(({ serverUs }) => serverUs);
    const { ratio, low, high } = ratioTo(samples, variant, seed);
    const cells = [
      variant.padEnd(42),
      ...[Math.min(...us), median(us), Math.max(...us)].map((value) => value.toFixed(1).padStart(8)),
      `${ratio.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`.padStart(22),
      median(each.map(({ perSecond }) => perSecond))
        .toFixed(0)
        .padStart(9),
      median(each.map(({ p99Ms }) => p99Ms))
        .toFixed(1)
        .padStart(8),
      isNoise(samples, variant, seed) ? "  inside the noise" : "",
    ];
    return cells.join(" ");
  });
  const head = `${"server".padEnd(42)} ${"min µs".padStart(8)} ${"median".padStart(8)} ${"max".padStart(8)} ${"ratio (95 %)".padStart(22)} ${"calls/s".padStart(9)} ${"p99 ms".padStart(8)}`;
  return [`\n${workload}: CPU µs of the server per call`, head, ...rows].join("\n");
}

/** Everything as data, for whoever compares two runs. */
export function report(results: Results, seed: number): object {
  const workloads = Object.fromEntries(
    [...results].map(([workload, samples]) => [
      workload,
      Object.fromEntries(
        [...samples].map(([variant, each]) => {
          const us = each.map(({ serverUs }) => serverUs);
          const { ratio, low, high } = ratioTo(samples, variant, seed);
          return [
            variant,
            {
              us: { min: round(Math.min(...us)), median: round(median(us)), max: round(Math.max(...us)) },
              ratio: round(ratio),
              low: round(low),
              high: round(high),
              inside_noise: isNoise(samples, variant, seed),
            },
          ];
        }),
      ),
    ]),
  );
  const rounds = [...(results.values().next().value?.values() ?? [])][0]?.length ?? 0;
  return { node: process.version, cpus: cpus().length, rounds, seed, workloads };
}

function ratioTo(
  samples: ReadonlyMap<ServerVariant, readonly Sample[]>,
  variant: ServerVariant,
  seed: number,
) {
  const of = (name: ServerVariant) => (samples.get(name) ?? []).map(({ serverUs }) => serverUs);
  const base = of(baseline);
  return base.length > 0 ? ratioOf(of(variant), base, seed) : { ratio: NaN, low: NaN, high: NaN };
}

/** A ratio that the two identical baselines have between them says nothing. */
function isNoise(
  samples: ReadonlyMap<ServerVariant, readonly Sample[]>,
  variant: ServerVariant,
  seed: number,
): boolean {
  if (variant === baseline || variant === twin || !samples.has(twin)) return false;
  const noise = ratioTo(samples, twin, seed);
  const widest = Math.max(Math.abs(noise.low - 1), Math.abs(noise.high - 1));
  return Math.abs(ratioTo(samples, variant, seed).ratio - 1) <= widest;
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
