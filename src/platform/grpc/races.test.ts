import { context, currentTelemetry, ROOT_CONTEXT, startSpan } from "../telemetry";
import type { LogLine, TestHost } from "../testing";
import { codeName, openClient } from ".";
import { drive, driveRaw, openWire } from "./testing/drive";
import { ProbeServiceDefinition } from "./testing/gen/testing";
import { adasToken, openProbe, type ProbeClient } from "./testing/probe";
import {
  after,
  partOf,
  planRound,
  type RacePlan,
  racingHandlers,
  type RoundPlan,
  seeded,
} from "./testing/race";
import { callLines, callSpans, countsOf, type Side, statusOf } from "./testing/told";

/** Another race: `SEED=7 RUNS=20000 npx jest src/platform/grpc/races.test.ts`. */
const seed = Number(process.env["SEED"] ?? 4);
const runs = Number(process.env["RUNS"] ?? 2_000);
const callsPerRound = 100;
const atOnce = 50;

const noRace: RacePlan = {
  kind: "unary",
  waitMs: 0,
  foreign: false,
  deadlineMs: 10_000,
  cancelMs: undefined,
  abandons: false,
  end: "ok",
  endMs: 0,
};

/** What our client said of one call, by its trace. */
type Seen = { traceId: string; code: string };
type Told = { span: string; trace: string; code: string };

test(
  `${runs} calls whose ends race are each told once, and alike, by all signals (SEED=${seed})`,
  async () => {
    const random = seeded(seed);
    const complaints: string[] = [];
    const codes = { server: new Map<string, number>(), client: new Map<string, number>() };
    for (let left = runs; left > 0; left -= callsPerRound) {
      const plan = planRound(random, Math.min(left, callsPerRound));
      const told = await runRound(plan, (message) => complaints.push(message));
      for (const side of ["server", "client"] as const)
        for (const { code } of told[side]) codes[side].set(code, (codes[side].get(code) ?? 0) + 1);
    }
    // A span that is ended twice is complained of.
    expect(complaints).toEqual([]);
    if (runs < 1_000) return;
    // Otherwise nothing has raced.
    const likely = ["OK", "NotFound", "Internal", "Canceled", "DeadlineExceeded", "Unavailable"];
    expect([...codes.server.keys()]).toEqual(expect.arrayContaining(likely));
    expect([...codes.client.keys()]).toEqual(expect.arrayContaining(likely));
  },
  Math.max(120_000, runs * 60),
);

/** Makes a round's calls, `atOnce` at a time, then compares what was told of them. */
async function runRound(plan: RoundPlan, complain: (message: string) => void): Promise<Record<Side, Told[]>> {
  const { hooks, serverDeadlineMs, drainMs, calls, cuts, stop } = plan;
  const probe = await openProbe({
    handlers: racingHandlers,
    server: { hooks },
    settings: { unaryDeadlineMs: serverDeadlineMs, streamDeadlineMs: serverDeadlineMs, drainMs },
  });
  currentTelemetry()?.reportTo((message, detail) => complain(`${message} ${detail}`));
  const { serverHost, clientHost } = probe;
  serverHost.clear();
  clientHost.clear();
  const wire = await openWire(probe.server.port);
  const client = await clientHost.own(
    openClient(clientHost, ProbeServiceDefinition, {
      address: `127.0.0.1:${wire.port}`,
      credentials: () => adasToken,
      retry: false,
      reconnect: { initialMs: 1 },
    }),
  );
  // Otherwise the first calls race with the connection alone.
  const seen = [await race(client, noRace)];
  const disasters: Promise<unknown>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < calls.length; at = next++) {
      for (const cut of cuts) if (cut.at === at) disasters.push(after(cut.afterMs).then(wire.cut));
      if (stop?.at === at) disasters.push(after(stop.afterMs).then(() => serverHost.close()));
      const call = calls[at] as RacePlan;
      await after(call.waitMs);
      if (call.foreign)
        await driveRaw(probe, call.kind, Buffer.from("\n\x04race"), { metadata: rawPart(call) });
      else seen.push(await race(client, call));
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, worker));
    await Promise.all(disasters);
  } finally {
    // Before anything is compared: a call that its caller has left may still be on its way.
    wire.close();
    await probe.close();
  }

  const server = await mustAgree(serverHost, "server");
  const told = await mustAgree(clientHost, "client");
  const ours = calls.filter(({ foreign }) => !foreign);
  expect(told).toHaveLength(1 + ours.length);
  expect(toldOf(seen)).toEqual(toldOf(told.map(({ trace, code }) => ({ traceId: trace, code }))));
  // Without retries no call reaches the server twice.
  const traces = server.map(({ trace }) => trace);
  expect(new Set(traces).size).toBe(traces.length);
  return { server, client: told };
}

async function race(client: ProbeClient, call: RacePlan): Promise<Seen> {
  const { span, context: inside } = startSpan("race", { parent: ROOT_CONTEXT });
  const cancel = new AbortController();
  if (call.cancelMs !== undefined) void after(call.cancelMs).then(() => cancel.abort());
  const code = await context.with(inside, () =>
    drive(client, call.kind, "race", {
      deadlineMs: call.deadlineMs,
      signal: cancel.signal,
      metadata: partOf(call),
      ...(call.abandons && { stopAfter: 1 }),
    }),
  );
  span.end();
  return { traceId: span.spanContext().traceId, code: code === "abandoned" ? "Canceled" : code };
}

function rawPart(call: RacePlan): Record<string, string> {
  return { ...adasToken, ...partOf(call) };
}

/** Every call of a side has one span and one line, of one code, and the metrics have as many calls of each code. */
async function mustAgree(host: TestHost, side: Side): Promise<Told[]> {
  const told = callSpans(host, side).map((span): Told => {
    const { spanId, traceId } = span.spanContext();
    return { span: spanId, trace: traceId, code: codeName(Number(statusOf(span))) };
  });
  const lines = callLines(host).map(({ span_id, trace_id, rpc_code }: LogLine): Told => {
    return { span: String(span_id), trace: String(trace_id), code: String(rpc_code) };
  });
  expect(byText(lines)).toEqual(byText(told));
  expect(new Set(told.map(({ span }) => span)).size).toBe(told.length);

  const { started, handled, timed, inFlight, codes } = await countsOf(host, side);
  const n = told.length;
  expect({ started, handled, timed, inFlight }).toEqual({ started: n, handled: n, timed: n, inFlight: 0 });
  const counted: Record<string, number> = {};
  for (const { code } of told) counted[code] = (counted[code] ?? 0) + 1;
  expect(codes).toEqual(counted);
  return told;
}

function byText(told: readonly Told[]): string[] {
  return told.map(({ span, trace, code }) => `${trace} ${span} ${code}`).sort();
}

function toldOf(seen: readonly Seen[]): string[] {
  return seen.map(({ traceId, code }) => `${traceId} ${code}`).sort();
}
