import { quantile } from "simple-statistics";
import { type Ratio, ratioOf } from "../stats";
import { openPoisonPair, type Phase } from "./poison-pair";
import { startEventServers } from "./servers";

export type PoisonOptions = {
  /** Pairs of a run with poison and one without, in changing order. */
  rounds: number;
  /** How long each run moves orders. */
  seconds: number;
  /** Transitions per second. Default: 50. */
  rate?: number;
  progress?: (line: string) => void;
};

type Quantile = "p50" | "p95" | "p99";
type Latency = Record<Quantile, number>;

export type PoisonReport = {
  part: "poison";
  rounds: number;
  rate: number;
  messages: number;
  poison: number;
  poison_share: number;
  /** From a move's time to its apply at CRM, of orders without poison, over all runs with poison, in milliseconds. */
  latency_ms: Latency;
  /** The same over the runs without any. */
  latency_without_poison_ms: Latency;
  /** With poison to without, of the pairs, with the 95 % interval. */
  ratio: Record<Quantile, Ratio>;
  /** Slowest from a poisoned move's time to its dead letter, in seconds. */
  visible_seconds: number;
  reasons: Record<string, number>;
  /** Orders that differed between MES and CRM after the fix. */
  apart: number;
  breaches: string[];
};

const visibleSeconds = 30;
/** A median that is slower by more than this, with the whole interval, is no noise. */
const mostSlower = 1.1;
const quantiles = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;

/** The same load with poison and without, in turns, on the same services; after each run with poison CRM is mended and everything is sent again. */
export async function runPoison(options: PoisonOptions): Promise<PoisonReport> {
  const { rounds, seconds, rate = 50, progress } = options;
  const servers = await startEventServers({ durable: false });
  try {
    const pair = await openPoisonPair(servers);
    try {
      // The first run of all meets cold caches.
      await pair.run({ seconds: Math.min(seconds, 10), rate, poison: false });
      const runs = { calm: [] as Phase[], poisoned: [] as Phase[] };
      for (let round = 0; round < rounds; round++) {
        for (const poison of round % 2 === 0 ? [false, true] : [true, false])
          runs[poison ? "poisoned" : "calm"].push(await pair.run({ seconds, rate, poison }));
        const [calm, poisoned] = [runs.calm.at(-1)!, runs.poisoned.at(-1)!];
        progress?.(`${round + 1} of ${rounds}: p50 ${p50(calm)} ms, with poison ${p50(poisoned)} ms`);
      }
      return reportOf(options, runs.calm, runs.poisoned);
    } finally {
      await pair.close();
    }
  } finally {
    await servers.stop();
  }
}

function reportOf(
  { rounds, rate = 50 }: PoisonOptions,
  calm: readonly Phase[],
  poisoned: readonly Phase[],
): PoisonReport {
  const ratioAt = (name: Quantile): Ratio => {
    const at = (runs: readonly Phase[]) =>
      runs.map(({ latencies }) => Math.max(1, quantile(latencies, quantiles[name])));
    const found = ratioOf(at(poisoned), at(calm), 1);
    const entries = Object.entries(found).map(([key, value]) => [key, Number(value.toFixed(3))]);
    return Object.fromEntries(entries) as Ratio;
  };
  const messages = sum(poisoned.map((each) => each.messages));
  const report = {
    part: "poison" as const,
    rounds,
    rate,
    messages,
    poison: sum(poisoned.map(({ poison }) => poison)),
    poison_share: Number((sum(poisoned.map(({ poison }) => poison)) / messages).toFixed(4)),
    latency_ms: latencyOf(poisoned),
    latency_without_poison_ms: latencyOf(calm),
    ratio: { p50: ratioAt("p50"), p95: ratioAt("p95"), p99: ratioAt("p99") },
    visible_seconds: Number(Math.max(...poisoned.map(({ visible }) => visible)).toFixed(2)),
    reasons: merged(poisoned.map(({ reasons }) => reasons)),
    apart: Math.max(...[...calm, ...poisoned].map(({ apart }) => apart)),
  };
  return { ...report, breaches: breachesOf(report) };
}

function breachesOf(report: Omit<PoisonReport, "breaches">): string[] {
  const { poison, reasons, visible_seconds, apart, ratio } = report;
  const letters = sum(Object.values(reasons));
  return [
    ...(poison === 0 || letters !== poison ? [`${poison} poison messages made ${letters} dead letters`] : []),
    ...(visible_seconds > visibleSeconds
      ? [`a poison message was visible after ${visible_seconds} s, not ${visibleSeconds}`]
      : []),
    ...(apart > 0 ? [`${apart} orders did not converge`] : []),
    ...(ratio.p50.low > mostSlower ? [`others were ${ratio.p50.ratio} times as slow at p50`] : []),
  ];
}

function latencyOf(runs: readonly Phase[]): Latency {
  const all = runs.flatMap(({ latencies }) => latencies);
  return { p50: quantile(all, 0.5), p95: quantile(all, 0.95), p99: quantile(all, 0.99) };
}

function p50({ latencies }: Phase): number {
  return quantile(latencies, 0.5);
}

function merged(all: readonly Record<string, number>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const each of all)
    for (const [reason, count] of Object.entries(each)) total[reason] = (total[reason] ?? 0) + count;
  return total;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
