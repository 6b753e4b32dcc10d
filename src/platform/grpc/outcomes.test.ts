import type { LogLine, TestHost } from "../testing";
import { SpanKind, SpanStatusCode } from "../telemetry";
import { drive, driveRaw, type Kind, kinds, methodOf, openWire, typeOf, wishHandlers } from "./testing/drive";
import { eventually, openProbe, type Probe } from "./testing/probe";

/** How each side has to tell of a call: its code, and whether the server's span is an error. */
type Row = {
  outcome: string;
  kinds: readonly Kind[];
  /** Runs the call; returns the code that its caller saw. */
  run: (probe: Probe, kind: Kind) => Promise<string>;
  caller: string;
  server: string;
  spanIsError: boolean;
  /** Whether our own client made the call, so that its signals are looked at too; what it records when that is not what the caller saw. */
  client: string | undefined;
  /** What a server without the tracker says instead. */
  publicServer?: string;
};

const streams: readonly Kind[] = ["serverStream", "bidiStream"];
const malformed = Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x01]);
const oversized = Buffer.alloc(2_000_000);

function ours(
  outcome: string,
  code: string,
  spanIsError: boolean,
  run: Row["run"],
  rest: Partial<Row> = {},
): Row {
  return { outcome, kinds, run, caller: code, server: code, spanIsError, client: code, ...rest };
}

function foreign(
  outcome: string,
  code: string,
  spanIsError: boolean,
  run: Row["run"],
  rest: Partial<Row> = {},
): Row {
  return { ...ours(outcome, code, spanIsError, run, rest), client: undefined };
}

const rows: readonly Row[] = [
  ours("ok", "OK", false, ({ client }, kind) => drive(client, kind, "ok")),
  ours("an AppError", "NotFound", false, ({ client }, kind) => drive(client, kind, "refuse")),
  ours("an unknown error", "Internal", true, ({ client }, kind) => drive(client, kind, "throw")),
  ours(
    "a handler that throws at once",
    "Internal",
    true,
    ({ client }, kind) => drive(client, kind, "throw at once"),
    {
      kinds: ["unary", "serverStream"],
    },
  ),
  ours("the client's deadline", "DeadlineExceeded", true, ({ client }, kind) =>
    drive(client, kind, "hang", { deadlineMs: 400 }),
  ),
  foreign("the server's deadline", "DeadlineExceeded", true, (probe, kind) =>
    driveRaw(probe, kind, Buffer.from("\n\x04hang")),
  ),
  ours("a cancellation", "Canceled", false, async ({ client, serverHost }, kind) => {
    const cancel = new AbortController();
    const seen = drive(client, kind, "hang", { signal: cancel.signal });
    await eventually(async () => (await serverHost.metric("grpc_server_in_flight")) === 1);
    cancel.abort();
    return seen;
  }),
  ours(
    "an abandoned stream",
    "Canceled",
    false,
    ({ client }, kind) => drive(client, kind, "hang", { stopAfter: 1 }),
    { kinds: streams, caller: "abandoned" },
  ),
  foreign("an unknown method", "Unimplemented", true, (probe, kind) =>
    driveRaw(probe, kind, Buffer.alloc(0), { method: "Unheard" }),
  ),
  foreign("malformed bytes", "Internal", true, (probe, kind) => driveRaw(probe, kind, malformed)),
  foreign(
    "an oversized request",
    "ResourceExhausted",
    false,
    (probe, kind) => driveRaw(probe, kind, oversized),
    {
      publicServer: "Canceled",
    },
  ),
  ours("an oversized answer", "ResourceExhausted", false, ({ client }, kind) =>
    drive(client, kind, "overflow"),
  ),
  foreign("no token", "Unauthenticated", false, (probe, kind) =>
    driveRaw(probe, kind, Buffer.alloc(0), { metadata: {} }),
  ),
];

describe.each(["private", "public"] as const)("calls seen by grpc-js's %s interface", (hooks) => {
  let probe: Probe;
  beforeAll(async () => {
    probe = await openProbe({
      handlers: wishHandlers,
      server: { hooks },
      settings: { unaryDeadlineMs: 120, streamDeadlineMs: 120 },
    });
  });
  afterAll(() => probe.close());

  const cells = rows.flatMap((row) => row.kinds.map((kind) => [row.outcome, kind, row] as const));
  // Without the tracker an unknown method is not seen at all.
  const seen = cells.filter(([outcome]) => hooks === "private" || outcome !== "an unknown method");

  test.each(seen)("%s of a %s call is told once, and alike, by all signals", async (outcome, kind, row) => {
    const { serverHost, clientHost } = probe;
    const labels =
      outcome === "an unknown method"
        ? { grpc_type: "unknown", grpc_service: "unknown", grpc_method: "unknown" }
        : labelsOf(kind);
    const serverCode = (hooks === "public" && row.publicServer) || row.server;
    serverHost.clear();
    clientHost.clear();
    const before = await countsOf(serverHost, "server", labels, serverCode);
    const clientBefore = await countsOf(clientHost, "client", labels, row.client ?? "");

    expect(await row.run(probe, kind)).toBe(row.caller);

    const name = `${labels.grpc_service}/${labels.grpc_method}`;
    const line = await eventually(() => linesOf(serverHost, name)[0]);
    const span = await eventually(() => spanOf(serverHost, SpanKind.SERVER));
    const counted = minus(await countsOf(serverHost, "server", labels, serverCode), before);
    expect(counted).toEqual({ started: 1, handled: 1, ofCode: 1, timed: 1, inFlight: 0 });
    expect(linesOf(serverHost, name)).toHaveLength(1);
    expect(line).toMatchObject({ rpc_code: serverCode, trace_id: span.spanContext().traceId });
    expect(line["ms"]).toBeGreaterThan(0);
    expect(span.name).toBe(name);
    expect(span.ended).toBe(true);
    expect(span.status.code).toBe(row.spanIsError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET);

    if (row.client === undefined) return;
    const ofClient = minus(await countsOf(clientHost, "client", labels, row.client), clientBefore);
    expect(ofClient).toEqual({ started: 1, handled: 1, ofCode: 1, timed: 1, inFlight: 0 });
    const clientSpan = spanOf(clientHost, SpanKind.CLIENT);
    expect(clientSpan?.status.code).toBe(row.client === "OK" ? SpanStatusCode.UNSET : SpanStatusCode.ERROR);
    expect(clientSpan?.spanContext().traceId).toBe(span.spanContext().traceId);
    expect(linesOf(clientHost, name)).toMatchObject([{ rpc_code: row.client }]);
  });
});

describe("a connection that is cut", () => {
  test.each(kinds)(
    "ends a %s call as cancelled on the server and unavailable for the caller",
    async (kind) => {
      const probe = await openProbe({ handlers: wishHandlers });
      const wire = await openWire(probe.server.port);
      const wired = await openProbe({ client: { address: `127.0.0.1:${wire.port}` } });
      const seen = drive(wired.client, kind, "hang");
      await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 1);
      wire.close();
      // Retried, for a lost connection is UNAVAILABLE, and refused for good.
      expect(await seen).toBe("Unavailable");
      await eventually(() => linesOf(probe.serverHost, nameOf(kind))[0]);
      expect(linesOf(probe.serverHost, nameOf(kind))).toMatchObject([{ rpc_code: "Canceled" }]);
      expect(await probe.serverHost.metric("grpc_server_in_flight")).toBe(0);
      await wired.close();
      await probe.close();
    },
  );
});

function labelsOf(kind: Kind) {
  return {
    grpc_type: typeOf[kind],
    grpc_service: "alexandrite.testing.v1.ProbeService",
    grpc_method: methodOf[kind],
  };
}

function nameOf(kind: Kind): string {
  return `alexandrite.testing.v1.ProbeService/${methodOf[kind]}`;
}

function linesOf(host: TestHost, method: string): LogLine[] {
  return host.logs.filter((line) => line["rpc_method"] === method && line["rpc_code"] !== undefined);
}

function spanOf(host: TestHost, kind: SpanKind) {
  const spans = host.spans().filter((span) => span.kind === kind);
  if (spans.length > 1) throw new Error(`${spans.length} spans ended.`);
  return spans[0];
}

type Counts = { started: number; handled: number; ofCode: number; timed: number; inFlight: number };

async function countsOf(
  host: TestHost,
  side: "server" | "client",
  labels: Record<string, string>,
  grpc_code: string,
): Promise<Counts> {
  return {
    started: await host.metric(`grpc_${side}_started_total`, labels),
    handled: await host.metric(`grpc_${side}_handled_total`, labels),
    ofCode: await host.metric(`grpc_${side}_handled_total`, { ...labels, grpc_code }),
    timed: await host.metric(`grpc_${side}_handling_seconds_count`, { ...labels, grpc_code }),
    inFlight: await host.metric(`grpc_${side}_in_flight`, labels),
  };
}

function minus(after: Counts, before: Counts): Counts {
  const keys = Object.keys(after) as (keyof Counts)[];
  return Object.fromEntries(keys.map((key) => [key, after[key] - before[key]])) as Counts;
}
