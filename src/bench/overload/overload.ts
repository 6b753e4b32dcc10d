import { join } from "node:path";
import { serviceFlags } from "../../stack/node-flags";
import { type BenchChild, startBenchChild } from "../child";
import type { BareOrder, BareReport, Order, Report, RunReport } from "./messages";

export type OverloadOptions = {
  /** CPU time of a call, in microseconds. */
  costUs: number;
  /** Of each phase. */
  seconds: number;
  /** How often all phases are run, one after another: a machine's speed moves. Default: 3. */
  rounds?: number;
  /** Where the compiled processes are. Default: beside this file. */
  folder?: string;
  /** Told of each phase when it is over. */
  progress?: (phase: string, report: RunReport) => void;
};

export type OverloadRound = {
  peak_per_second: number;
  /** Goodput at ten times the peak, as a share of it. */
  goodput_share: number;
  refused: number;
  /** While the calls that are let in use all of the CPU. */
  refusal_p99_ms: number;
  /** While those only wait. */
  refusal_p99_idle_ms: number;
  /** The same of bare grpc-js that holds as many calls at a time, right after it: what the machine allows for. */
  refusal_p99_bare_ms: number;
  refusal_to_bare: number;
  operator_p99_1x_ms: number;
  /** After the first second, like the others. */
  operator_p99_10x_ms: number;
  /** In the first second, while the server finds out how many calls at a time it bears. */
  operator_slowest_at_first_ms: number;
  operator_ratio: number;
  operators_sent_share: number;
  operators_refused: number;
  /** Seconds; -1: not within the phase that follows. */
  normal_after_s: number;
  /** What was sent of what was due; less than 1 when the generator could not keep up. */
  offered_share: number;
  /** Calls without any end. */
  lost: number;
};

/** Of each figure the median of the rounds, and all of them, in their order. */
export type OverloadReport = OverloadRound & { rounds: OverloadRound[] };

type Child = BenchChild<Order, Report>;
type Bare = BenchChild<BareOrder, BareReport>;
type Run = (phase: string, order: Partial<Order>) => Promise<RunReport>;

/** How long calls wait that only wait, in milliseconds. */
const holdMs = 1_000;

/**
 * A server and a load in processes of their own: what it can do, half of that, all, ten times that, half again, and ten times that with calls that only wait; and the last once more with a
 * bare server.
 */
export async function runOverload({
  costUs,
  seconds,
  rounds = 3,
  folder = __dirname,
  progress = () => undefined,
}: OverloadOptions): Promise<OverloadReport> {
  const server: Child = await startBenchChild(join(folder, "server-process.js"), {
    args: [String(costUs)],
    execArgv: serviceFlags,
  });
  const bare: Bare = await startBenchChild(join(folder, "bare-process.js"), { execArgv: serviceFlags });
  const load: Child = await startBenchChild(join(folder, "load-process.js"));
  const { port } = server.ready;
  const run: Run = async (phase, order) => {
    const report = await load.ask({ kind: "run", port, seconds, operatorsPerSecond: 0, ...order }, "ran");
    progress(phase, report);
    return report;
  };
  try {
    // Everybody has called before, as people at work have: priority is by the credential as it was last seen.
    const warmUp = { atATime: 16, seconds: Math.min(seconds, 5) };
    await run("warm-up", warmUp);
    await run("warm-up, bare", { ...warmUp, port: bare.ready.port });
    const played: OverloadRound[] = [];
    while (played.length < rounds) played.push(await playRound(run, bare, seconds));
    return { ...medians(played), rounds: played };
  } finally {
    await Promise.all([load.stop(), server.stop(), bare.stop()]);
  }
}

async function playRound(run: Run, bare: Bare, seconds: number): Promise<OverloadRound> {
  const closed = await run("closed loop, 32 at a time", { atATime: 32 });
  // Callers who wait for answers and for leave to come again are never quite enough: the peak is what is answered when a little more is asked than that.
  const over = await run("1.2x of that", {
    perSecond: 1.2 * closed.goodput,
    operatorsPerSecond: closed.goodput / 5,
  });
  const peak = Math.max(closed.goodput, over.goodput);
  const operatorsPerSecond = peak / 5;
  const half = await run("0.5x", { perSecond: peak / 2, operatorsPerSecond });
  const once = await run("1x", { perSecond: peak, operatorsPerSecond });
  const tenfold = await run("10x", { perSecond: 10 * peak, operatorsPerSecond });
  const longest = Math.max(seconds, Math.min(12, 3 * seconds));
  const after = await run("0.5x again", { perSecond: peak / 2, operatorsPerSecond, seconds: longest });
  const waits = { perSecond: 10 * peak, operatorsPerSecond, holdMs };
  const waiting = await run("10x, calls wait", waits);
  await bare.ask({ kind: "limit", atATime: Math.round((waiting.goodput * holdMs) / 1000) }, "limited");
  const waitingBare = await run("10x, calls wait, bare", { ...waits, port: bare.ready.port });
  const best = Math.max(peak, once.goodput);
  return {
    peak_per_second: round(best),
    goodput_share: round(tenfold.goodput / best),
    refused: tenfold.refused.count,
    refusal_p99_ms: round(tenfold.refused.p99),
    refusal_p99_idle_ms: round(waiting.refused.p99),
    refusal_p99_bare_ms: round(waitingBare.refused.p99),
    refusal_to_bare: round(waiting.refused.p99 / waitingBare.refused.p99),
    operator_p99_1x_ms: round(once.operators.p99),
    operator_p99_10x_ms: round(tenfold.operators.p99),
    operator_slowest_at_first_ms: round(tenfold.operatorsAtFirst.p99),
    operator_ratio: round(tenfold.operators.p99 / once.operators.p99),
    operators_sent_share: round((operatorsPerSecond * tenfold.seconds) / tenfold.sent),
    operators_refused: tenfold.operatorsRefused,
    normal_after_s: normalAfter(half, after),
    offered_share: round(tenfold.sent / tenfold.seconds / (10 * peak)),
    lost: tenfold.lost + waiting.lost,
  };
}

function medians(rounds: readonly OverloadRound[]): OverloadRound {
  const figures = Object.keys(rounds[0] ?? {}) as (keyof OverloadRound)[];
  const of = (figure: keyof OverloadRound): number => {
    const sorted = rounds.map((each) => each[figure]).sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? 0;
  };
  return Object.fromEntries(figures.map((figure) => [figure, of(figure)])) as OverloadRound;
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
