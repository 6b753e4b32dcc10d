import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openClient, withoutCredentials } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import type { Settings } from "../../stack/settings";
import { startBenchChild } from "../child";
import { BenchServiceDefinition } from "../overhead/gen/bench";
import { type BenchCall, dealer } from "../roll/calls";
import { measureCapacity, startLoad } from "../roll/load";
import type { People } from "../roll/people";
import { ratioOf, type Ratio } from "../stats";
import { openLoadCalls } from "./calls";
import { type MethodFigures, MethodTally } from "./method-tally";

export type LoadOptions = {
  /** Rounds of steady load and a spike each. */
  rounds: number;
  /** Of the steady load of a round, and of its spike. */
  steadyMs: number;
  spikeMs: number;
  /** How long the capacity is measured, of the system and of the echo; or what it is taken to be in calls per second, where others use the machine. */
  capacity: { forMs: number } | { perSecond: number };
  progress?: (line: string) => void;
};

export type LoadReport = {
  rounds: number;
  capacity_per_s: number;
  echo_per_s: number;
  /** Calls per second of the system for each of the echo. */
  capacity_to_echo: number;
  steady_per_s: number;
  spike_per_s: number;
  steady: { calls: number; refused: number; failed: number };
  spike: { calls: number; refused: number; failed: number };
  /** Median time of a method under steady load, as so many times the echo's in the same seconds. */
  methods: Record<string, Ratio>;
  faults: Record<string, number>;
};

/** What is asked under steady load, of what the system bears, and in a spike. */
const steadyShare = 0.4;
const spikeShare = 1.5;
const echo = "echo";

/** Beside this file, compiled or not: tests run from the sources. */
const echoProgram = [
  join(__dirname, "echo-process.js"),
  join(__dirname, "../../../dist/bench/load/echo-process.js"),
].find(existsSync);

/** Load of all roles on a running system, steady and in spikes, with calls of a bare echo server among its own. `orderIds` are of orders that all services know. */
export async function runLoad(
  {
    host,
    settings,
    people,
    orderIds,
  }: { host: ServiceHost; settings: Settings; people: People; orderIds: readonly string[] },
  { rounds, steadyMs, spikeMs, progress = () => undefined, ...options }: LoadOptions,
): Promise<LoadReport> {
  if (echoProgram === undefined) throw new Error("The echo's program is missing: run `npm run build`.");
  const child = await startBenchChild<{ kind: string }, { kind: "ready"; port: number }>(echoProgram);
  try {
    const address = `127.0.0.1:${child.ready.port}`;
    const client = await host.own(
      openClient(host, BenchServiceDefinition, { address, credentials: withoutCredentials() }),
    );
    const echoCall: BenchCall = { name: echo, weight: 6, call: () => client.get({ item: undefined }) };
    const calls = [...(await openLoadCalls(host, settings, people, orderIds)), echoCall];
    const next = dealer(calls);
    const { capacity, echoPerSecond } = await capacities(next, echoCall, options.capacity);
    progress(`The system bears ${Math.round(capacity)} calls/s, the echo ${Math.round(echoPerSecond)}.`);

    const report: LoadReport = {
      rounds,
      capacity_per_s: Math.round(capacity),
      echo_per_s: Math.round(echoPerSecond),
      capacity_to_echo: capacity / echoPerSecond,
      steady_per_s: Math.round(capacity * steadyShare),
      spike_per_s: Math.round(capacity * spikeShare),
      steady: { calls: 0, refused: 0, failed: 0 },
      spike: { calls: 0, refused: 0, failed: 0 },
      methods: {},
      faults: {},
    };
    const perRound: Map<string, MethodFigures>[] = [];
    for (let round = 1; round <= rounds; round++) {
      const steady = await loadFor(next, capacity * steadyShare, steadyMs);
      perRound.push(steady.figures());
      const spike = await loadFor(next, capacity * spikeShare, spikeMs);
      add(report.steady, steady);
      add(report.spike, spike);
      for (const tally of [steady, spike])
        for (const [fault, times] of tally.faults) report.faults[fault] = (report.faults[fault] ?? 0) + times;
      progress(
        `${round}/${rounds}: ${report.steady.calls} calls steady, ${report.spike.calls} in spikes, ${report.steady.failed + report.spike.failed} failed`,
      );
    }
    for (const { name } of calls) if (name !== echo) report.methods[name] = ratioToEcho(name, perRound);
    return report;
  } finally {
    await child.stop();
  }
}

async function capacities(
  next: () => BenchCall,
  echoCall: BenchCall,
  how: LoadOptions["capacity"],
): Promise<{ capacity: number; echoPerSecond: number }> {
  if ("perSecond" in how) return { capacity: how.perSecond, echoPerSecond: how.perSecond };
  await measureCapacity(next, how.forMs / 2);
  const capacity = await measureCapacity(next, how.forMs);
  return { capacity, echoPerSecond: await measureCapacity(() => echoCall, how.forMs) };
}

async function loadFor(next: () => BenchCall, perSecond: number, ms: number): Promise<MethodTally> {
  const tally = new MethodTally();
  const load = startLoad(next, perSecond, tally);
  await sleep(ms);
  await load.stop();
  return tally;
}

function add(to: LoadReport["steady"], tally: MethodTally): void {
  for (const { calls, refused, failed } of tally.figures().values()) {
    to.calls += calls;
    to.refused += refused;
    to.failed += failed;
  }
}

/** Of the rounds in which both have an answer; a method that never has one is as slow as can be. */
function ratioToEcho(name: string, perRound: readonly ReadonlyMap<string, MethodFigures>[]): Ratio {
  const pairs = perRound.map(
    (figures) => [figures.get(name)?.p50 ?? NaN, figures.get(echo)?.p50 ?? NaN] as const,
  );
  const whole = pairs.filter(([own, of]) => !Number.isNaN(own) && !Number.isNaN(of));
  if (whole.length === 0)
    return { ratio: Infinity, low: Infinity, high: Infinity, min: Infinity, max: Infinity };
  return ratioOf(
    whole.map(([own]) => own),
    whole.map(([, of]) => of),
    1,
  );
}
