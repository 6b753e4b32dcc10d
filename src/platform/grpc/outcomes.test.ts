import { currentTelemetry, SpanStatusCode } from "../telemetry";
import type { TestHost } from "../testing";
import { codeNames } from ".";
import { type Kind, methodOf, service, typeOf, wishHandlers } from "./testing/drive";
import { type Row, rows } from "./testing/outcome-table";
import { eventually, openProbe, type Probe } from "./testing/probe";
import {
  between,
  callLines,
  callSpans,
  type Counts,
  countsOf,
  type EndedSpan,
  lengthOf,
  type MethodLabels,
  type Side,
  statusOf,
} from "./testing/told";

/** What OpenTelemetry's conventions for gRPC call an error of the server; a client's span is one for every code but OK. */
const serverFaults = ["Unknown", "DeadlineExceeded", "Unimplemented", "Internal", "Unavailable", "DataLoss"];

const complaints: string[] = [];

beforeAll(() => currentTelemetry()?.reportTo((message, detail) => complaints.push(`${message} ${detail}`)));

describe.each(["private", "public"] as const)("calls seen by grpc-js's %s interface", (hooks) => {
  const options = { handlers: wishHandlers, server: { hooks } };
  const settings = { unaryDeadlineMs: 120, streamDeadlineMs: 120 };
  let shared: Probe;
  beforeAll(async () => {
    shared = await openProbe({ ...options, settings });
    currentTelemetry()?.reportTo((message, detail) => complaints.push(`${message} ${detail}`));
  });
  afterAll(() => shared.close());

  const seenOnServer = rows.filter(
    ({ server, publicServer }) => server !== undefined && (hooks === "private" || publicServer !== "unseen"),
  );
  let calls = 0;

  test.each(cellsOf(seenOnServer))(
    "%s of a %s call is told once, and alike, by all signals",
    async (...cell) => {
      const [, kind, row] = cell;
      const probe = row.own ? await openProbe({ ...options, ...row.own }) : shared;
      const { serverHost, clientHost } = probe;
      const labels = labelsOf(kind, row);
      const called = { ...labelsOf(kind, {}), ...(row.unknown === "service" && { grpc_service: unheard }) };
      const server = (hooks === "public" && row.publicServer) || row.server || "";
      serverHost.clear();
      clientHost.clear();
      const before = await countsOf(serverHost, "server", labels);
      const clientBefore = await countsOf(clientHost, "client", called);

      expect(await row.run(probe, kind)).toBe(row.caller);

      await eventually(() => callLines(serverHost)[0]);
      if (probe === shared) calls += 1;
      const counts = between(before, await countsOf(serverHost, "server", labels));
      const span = mustBeTold(serverHost, "server", labels, server, counts);
      if (row.client !== undefined) {
        const ofClient = between(clientBefore, await countsOf(clientHost, "client", called));
        const clientSpan = mustBeTold(clientHost, "client", called, row.client, ofClient);
        // An unknown method is answered before its headers are looked at.
        if (!row.unknown) expect(span.spanContext().traceId).toBe(clientSpan.spanContext().traceId);
      }
      if (probe !== shared) await probe.close();
    },
  );

  test("no call is told once more later", async () => {
    const counts = await countsOf(shared.serverHost, "server");
    expect(counts).toMatchObject({ started: calls, handled: calls, timed: calls, inFlight: 0 });
    const ofClient = await countsOf(shared.clientHost, "client");
    expect(ofClient).toMatchObject({ handled: ofClient.started, timed: ofClient.started, inFlight: 0 });
    expect(complaints).toEqual([]);
  });
});

describe("calls that may never reach a server", () => {
  let probe: Probe;
  beforeAll(async () => (probe = await openProbe({ handlers: wishHandlers, client: { retry: false } })));
  afterAll(() => probe.close());

  test.each(cellsOf(rows.filter(({ server }) => server === undefined)))(
    "%s of a %s call is told once, and alike, by the client's signals",
    async (_outcome, kind, row) => {
      const { clientHost } = probe;
      clientHost.clear();
      const labels = labelsOf(kind, row);
      const before = await countsOf(clientHost, "client", labels);

      expect(await row.run(probe, kind)).toBe(row.caller);

      const counts = between(before, await countsOf(clientHost, "client", labels));
      mustBeTold(clientHost, "client", labels, row.client ?? "", counts);
    },
  );

  test("leave nothing open on the server", async () => {
    await eventually(async () => (await countsOf(probe.serverHost, "server")).inFlight === 0);
    const { started, handled } = await countsOf(probe.serverHost, "server");
    expect(handled).toBe(started);
    expect(callLines(probe.serverHost)).toHaveLength(handled);
    expect(complaints).toEqual([]);
  });
});

/** Looks at all that one side says of its only call: metric, line and span, each once, and all of one code. */
function mustBeTold(
  host: TestHost,
  side: Side,
  labels: MethodLabels,
  code: string,
  { seconds, ...counts }: Counts,
): EndedSpan {
  const name = `${labels.grpc_service}/${labels.grpc_method}`;
  expect(counts).toEqual({ started: 1, handled: 1, codes: { [code]: 1 }, timed: 1, inFlight: 0 });
  expect(seconds).toBeGreaterThan(0);

  const spans = callSpans(host, side);
  expect(spans).toHaveLength(1);
  const span = spans[0] as EndedSpan;
  const isError = side === "server" ? serverFaults.includes(code) : code !== "OK";
  expect(span.ended).toBe(true);
  expect(lengthOf(span)).toBeGreaterThan(0);
  expect(span.name).toBe(name);
  expect(span.status.code).toBe(isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET);
  expect(statusOf(span)).toBe(codeNames.indexOf(code));
  expect(span.attributes).toMatchObject({
    "rpc.system.name": "grpc",
    "rpc.service": labels.grpc_service,
    "rpc.method": labels.grpc_method,
  });
  expect(span.attributes["error.type"]).toEqual(code === "OK" ? undefined : expect.stringMatching(/./));

  const lines = callLines(host);
  expect(lines).toMatchObject([
    { rpc_method: name, rpc_code: code, trace_id: span.spanContext().traceId, ms: expect.any(Number) },
  ]);
  expect(lines[0]?.["ms"]).toBeGreaterThan(0);
  return span;
}

const unheard = "alexandrite.testing.v1.Unheard";

/** How the server names the method that is called; those that it does not have share one name, for anybody can make up names. */
function labelsOf(kind: Kind, { unknown }: Pick<Row, "unknown">): MethodLabels {
  if (unknown) return { grpc_type: "unknown", grpc_service: "unknown", grpc_method: "unknown" };
  return { grpc_type: typeOf[kind], grpc_service: service, grpc_method: methodOf[kind] };
}

function cellsOf(of: readonly Row[]) {
  return of.flatMap((row) => row.kinds.map((kind) => [row.outcome, kind, row] as const));
}
