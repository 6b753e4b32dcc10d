import { cpus } from "node:os";
import { median, ratioOf } from "../stats";
import type { CrmCacheOptions, Sample, Samples, VariantName } from "./crm-cache";
import { type WorkloadName, workloadNames } from "./workloads";

/** An answer must not be older than this after its event was applied, in milliseconds. */
const boundMs = 1_000;
const names: readonly VariantName[] = ["without", "without again", "with"];

/** What the rounds come to, as data. `inside_noise` says that the two services without the cache differ by as much. */
export function report(
  samples: Samples,
  { rounds, calls, atATime, updatesPerSecond, orders, seed }: CrmCacheOptions,
) {
  const all = workloadNames.flatMap((workload) => samples[workload].with);
  const worst = (of: (sample: Sample) => number): number => Math.max(...all.map(of));
  return {
    node: process.version,
    cpus: cpus().length,
    rounds,
    calls,
    at_a_time: atATime,
    updates_per_second: updatesPerSecond,
    orders,
    seed,
    workloads: Object.fromEntries(
      workloadNames.map((workload) => [workload, figures(samples, workload, seed)]),
    ),
    stale_answers: all.reduce((sum, { stale }) => sum + stale, 0),
    stale_at_call_ms: rounded(worst(({ staleAtCallMs }) => staleAtCallMs)),
    age_at_answer_ms: rounded(worst(({ ageAtAnswerMs }) => ageAtAnswerMs)),
    age_at_answer_without_ms: rounded(
      Math.max(...workloadNames.flatMap((name) => samples[name].without.map((each) => each.ageAtAnswerMs))),
    ),
    holds: worst(({ ageAtAnswerMs }) => ageAtAnswerMs) < boundMs,
  };
}

export type Report = ReturnType<typeof report>;

function figures(samples: Samples, workload: WorkloadName, seed: number) {
  const of = samples[workload];
  const cpu = (name: VariantName): number[] => of[name].map(({ cpuUs }) => cpuUs);
  const noise = ratioOf(cpu("without again"), cpu("without"), seed);
  const widest = Math.max(Math.abs(noise.low - 1), Math.abs(noise.high - 1));
  return Object.fromEntries(
    names.map((name) => {
      const { ratio, low, high } = ratioOf(cpu(name), cpu("without"), seed);
      const middle = (value: (sample: Sample) => number): number => rounded(median(of[name].map(value)));
      return [
        name,
        {
          cpu_us: middle(({ cpuUs }) => cpuUs),
          cpu_us_min: rounded(Math.min(...cpu(name))),
          cpu_us_max: rounded(Math.max(...cpu(name))),
          ratio: rounded(ratio),
          low: rounded(low),
          high: rounded(high),
          inside_noise: name === "with" && Math.abs(ratio - 1) <= widest,
          per_second: Math.round(median(of[name].map(({ perSecond }) => perSecond))),
          list_p50_ms: middle(({ list }) => list.p50),
          list_p99_ms: middle(({ list }) => list.p99),
          get_p50_ms: middle(({ get }) => get.p50),
          get_p99_ms: middle(({ get }) => get.p99),
          updates_per_second: middle(({ updates, seconds }) => updates / seconds),
          hit_ratio: hitRatio(of[name]),
        },
      ];
    }),
  );
}

/** Reads that found an entry, or the load of another read, that still held. */
function hitRatio(samples: readonly Sample[]): number {
  const count = (...results: string[]): number =>
    samples.reduce(
      (sum, { reads }) => sum + results.reduce((each, result) => each + (reads[result] ?? 0), 0),
      0,
    );
  return rounded(count("hit", "shared") / Math.max(1, count("hit", "shared", "miss", "stale")));
}

export function resultTable({ workloads }: Report): string {
  const head = row("", "CPU µs", "ratio (95 %)", "list p50/p99", "get p50/p99", "calls/s", "hits");
  const rows = Object.entries(workloads).flatMap(([workload, byVariant]) =>
    Object.entries(byVariant).map(([name, each]) =>
      row(
        `${workload}, ${name}`,
        each.cpu_us.toFixed(0),
        `${each.ratio.toFixed(2)} (${each.low.toFixed(2)}–${each.high.toFixed(2)})`,
        `${each.list_p50_ms.toFixed(1)}/${each.list_p99_ms.toFixed(1)} ms`,
        `${each.get_p50_ms.toFixed(1)}/${each.get_p99_ms.toFixed(1)} ms`,
        String(each.per_second),
        each.hit_ratio === 0 ? "" : `${(100 * each.hit_ratio).toFixed(1)} %`,
        each.inside_noise ? "inside the noise" : "",
      ),
    ),
  );
  return ["CPU of the service per call, and what its callers waited", head, ...rows, ""].join("\n");
}

function row(name: string, ...cells: string[]): string {
  const widths = [8, 18, 16, 16, 9, 8, 18];
  return [name.padEnd(24), ...cells.map((cell, i) => cell.padStart(widths[i] ?? 8))].join(" ").trimEnd();
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
