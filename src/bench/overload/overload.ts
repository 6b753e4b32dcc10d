import { join } from "node:path";
import { type BenchChild, startBenchChild } from "../child";
import type { Order, Report, RunReport } from "./messages";

export type OverloadOptions = {
  /** CPU time of a call, in microseconds. */
  costUs: number;
  /** Of each phase. */
  seconds: number;
  /** Where the compiled processes are. Default: beside this file. */
  folder?: string;
  /** Told of each phase when it is over. */
  progress?: (phase: string, report: RunReport) => void;
};

export type OverloadReport = {
  peak_per_second: number;
  /** Goodput at ten times the peak, as a share of it. */
  goodput_share: number;
  refused: number;
  /** While the calls that are let in use all of the CPU. */
  refusal_p99_ms: number;
  /** While those only wait; the median of the rounds, for the machine stands still at times. */
  refusal_p99_idle_ms: number;
  refusal_p99_idle_all_ms: number[];
  operator_p99_1x_ms: number;
  operator_p99_10x_ms: number;
  operator_ratio: number;
  operators_sent_share: number;
  operators_refused: number;
  /** Seconds; -1: not within the last phase. */
  normal_after_s: number;
  /** What was sent of what was due; less than 1 when the generator could not keep up. */
  offered_share: number;
  /** Calls without any end. */
  lost: number;
};

const waitingRounds = 5;

type Child = BenchChild<Order, Report>;

/** A server and a load in processes of their own: what it can do, half of that, all, ten times that, and half again. */
export async function runOverload({
  costUs,
  seconds,
  folder = __dirname,
  progress = () => undefined,
}: OverloadOptions): Promise<OverloadReport> {
  const server: Child = await startBenchChild(join(folder, "server-process.js"), { args: [String(costUs)] });
  const load: Child = await startBenchChild(join(folder, "load-process.js"));
  const { port } = server.ready;
  const run = async (phase: string, order: Partial<Order>): Promise<RunReport> => {
    const report = await load.ask({ kind: "run", port, seconds, operatorsPerSecond: 0, ...order }, "ran");
    progress(phase, report);
    return report;
  };
  try {
    // Everybody has called before, as people at work have: priority is by the credential as it was last seen.
    await run("warm-up", { atATime: 16, seconds: Math.min(seconds, 5) });
    const closed = await run("closed loop, 32 at a time", { atATime: 32 });
    const peak = closed.goodput;
    const operatorsPerSecond = peak / 5;
    const half = await run("0.5x", { perSecond: peak / 2, operatorsPerSecond });
    const once = await run("1x", { perSecond: peak, operatorsPerSecond });
    const tenfold = await run("10x", { perSecond: 10 * peak, operatorsPerSecond });
    const longest = Math.max(seconds, Math.min(12, 3 * seconds));
    const after = await run("0.5x again", { perSecond: peak / 2, operatorsPerSecond, seconds: longest });
    const waiting: number[] = [];
    for (let turn = 1; turn <= waitingRounds; turn++) {
      const order = { perSecond: 10 * peak, operatorsPerSecond, holdMs: 1_000 };
      waiting.push((await run(`10x, calls wait (${turn})`, order)).refused.p99);
    }
    waiting.sort((a, b) => a - b);
    const best = Math.max(peak, once.goodput);
    return {
      peak_per_second: round(best),
      goodput_share: round(tenfold.goodput / best),
      refused: tenfold.refused.count,
      refusal_p99_ms: round(tenfold.refused.p99),
      refusal_p99_idle_ms: round(waiting[Math.floor(waitingRounds / 2)] ?? 0),
      refusal_p99_idle_all_ms: waiting.map(round),
      operator_p99_1x_ms: round(once.operators.p99),
      operator_p99_10x_ms: round(tenfold.operators.p99),
      operator_ratio: round(tenfold.operators.p99 / once.operators.p99),
      operators_sent_share: round((operatorsPerSecond * tenfold.seconds) / tenfold.sent),
      operators_refused: tenfold.operatorsRefused,
      normal_after_s: normalAfter(half, after),
      offered_share: round(tenfold.sent / tenfold.seconds / (10 * peak)),
      lost: tenfold.lost,
    };
  } finally {
    await Promise.all([load.stop(), server.stop()]);
  }
}

/** Seconds until the first second without refusals and with answers about as fast as before the flood; -1: never. */
function normalAfter(before: RunReport, after: RunReport): number {
  const usual = Math.max(50, 2 * Math.max(...before.quarters.map(({ p95 }) => p95)));
  const isNormal = ({ refused, p95 }: RunReport["quarters"][number]): boolean =>
    refused === 0 && p95 <= usual;
  const at = after.quarters.findIndex((_, i) => after.quarters.slice(i, i + 4).every(isNormal));
  return at === -1 ? -1 : at / 4;
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
