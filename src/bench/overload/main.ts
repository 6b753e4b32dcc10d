/**
 * What a server does with ten times the calls it can answer. Open loop: calls are sent when they are due, whatever became of those before.
 *
 *   --cost-us N     CPU time of a call, in microseconds (4000)
 *   --seconds N     of each phase (10, at most 60)
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BenchChild, startBenchChild } from "../child";
import type { Order, Report, RunReport } from "./messages";

type Child = BenchChild<Order, Report>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      "cost-us": { type: "string", default: "4000" },
      seconds: { type: "string", default: "10" },
    },
  });
  const seconds = Math.min(60, Math.max(1, Number(values.seconds)));
  const server: Child = await startBenchChild(join(__dirname, "server-process.js"), {
    args: [values["cost-us"]],
  });
  const load: Child = await startBenchChild(join(__dirname, "load-process.js"));
  const { port } = server.ready;
  const run = async (name: string, order: Partial<Order>): Promise<RunReport> => {
    const report = await load.ask({ kind: "run", port, seconds, operatorsPerSecond: 0, ...order }, "ran");
    print(name, report);
    return report;
  };
  try {
    await run("warm-up", { atATime: 16, seconds: Math.min(seconds, 5) });
    const closed = await run("closed loop, 32 at a time", { atATime: 32 });
    const peak = closed.goodput;
    const operatorsPerSecond = peak / 20;
    const half = await run("0.5x", { perSecond: peak / 2, operatorsPerSecond });
    const once = await run("1x", { perSecond: peak, operatorsPerSecond });
    const tenfold = await run("10x", { perSecond: 10 * peak, operatorsPerSecond });
    const after = await run("0.5x again", {
      perSecond: peak / 2,
      operatorsPerSecond,
      seconds: Math.max(12, seconds),
    });
    const best = Math.max(peak, once.goodput);
    console.log(
      JSON.stringify({
        peak_per_second: round(best),
        goodput_share: round(tenfold.goodput / best),
        refusal_p99_ms: round(tenfold.refused.p99),
        operator_p99_1x_ms: round(once.operators.p99),
        operator_p99_10x_ms: round(tenfold.operators.p99),
        operator_ratio: round(tenfold.operators.p99 / once.operators.p99),
        operators_refused: tenfold.operatorsRefused,
        normal_after_s: normalAfter(half, after),
        offered_share: round(tenfold.sent / tenfold.seconds / (10 * peak)),
        lost: tenfold.lost,
      }),
    );
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

function print(
  name: string,
  { sent, seconds, goodput, answered, operators, refused, reset, lost }: RunReport,
): void {
  const cells = [
    name.padEnd(26),
    `sent ${round(sent / seconds)}/s`,
    `good ${round(goodput)}/s`,
    `answers p50 ${round(answered.p50)} p99 ${round(answered.p99)} ms`,
    `operators p99 ${round(operators.p99)} ms`,
    `refused ${refused.count} p50 ${round(refused.p50)} p99 ${round(refused.p99)} ms`,
    `reset ${reset} lost ${lost}`,
  ];
  console.log(cells.join("  "));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

void main();
