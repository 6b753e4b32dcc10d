import { openClient } from "..";
import { drive, type DriveOptions, driveRaw, type Kind, kinds, openWire } from "./drive";
import { ProbeServiceDefinition } from "./gen/testing";
import { eventually, type Probe, type ProbeClient, type ProbeOptions } from "./probe";
import { frame, NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, openHttp2 } from "./raw-http2";

/** How a call can end, and what each side has to tell of it. */
export type Row = {
  outcome: string;
  kinds: readonly Kind[];
  /** Makes the call; returns the code that its caller saw. */
  run: (probe: Probe, kind: Kind) => Promise<string>;
  caller: string;
  /** Undefined where it is chance whether the call reaches the server. */
  server: string | undefined;
  /** What a server without the tracker says instead; undefined when it is the same, `unseen` when it sees no such call. */
  publicServer?: string;
  /** What our own client told; undefined when another client made the call. */
  client: string | undefined;
  /** A method that the server does not have. */
  unknown?: "method" | "service";
  /** A server of its own, for calls that end with their server or their connection. */
  own?: ProbeOptions;
};

const streams: readonly Kind[] = ["serverStream", "bidiStream"];
const single: readonly Kind[] = ["unary", "clientStream"];
const asking: readonly Kind[] = ["unary", "serverStream"];
const uploads: readonly Kind[] = ["clientStream", "bidiStream"];
const hang = Buffer.from("\n\x04hang");
const malformed = Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x01]);
const large = Buffer.alloc(2_000_000);

/** A call by our client. */
function ours(outcome: string, code: string, run: Row["run"], rest: Partial<Row> = {}): Row {
  return { outcome, kinds, run, caller: code, server: code, client: code, ...rest };
}

/** A call by our client that only its wish makes special. */
function wished(
  outcome: string,
  code: string,
  wish: string,
  options?: DriveOptions,
  rest?: Partial<Row>,
): Row {
  return ours(outcome, code, ({ client }, kind) => drive(client, kind, wish, options), rest);
}

/** A call by somebody else's client. */
function foreign(outcome: string, code: string, run: Row["run"], rest: Partial<Row> = {}): Row {
  return { ...ours(outcome, code, run, rest), client: undefined };
}

/** A call of frames of its own. */
function framed(
  outcome: string,
  code: string,
  bytes: Buffer | undefined,
  headers: Record<string, string> = {},
  rest: Partial<Row> = {},
): Row {
  const run: Row["run"] = async ({ server }, kind) => {
    const wire = openHttp2(server.port);
    try {
      return await wire.call(kind, bytes, headers).seen;
    } finally {
      wire.session.close();
    }
  };
  return foreign(outcome, code, run, rest);
}

/** A call that is reset once the server has it. */
function reset(outcome: string, bytes: Buffer | undefined, code: number, rest: Partial<Row> = {}): Row {
  const run: Row["run"] = async (probe, kind) => {
    const wire = openHttp2(probe.server.port);
    const call = wire.call(kind, bytes);
    await untilOpen(probe);
    call.reset(code);
    wire.session.close();
    return call.seen;
  };
  return foreign(outcome, "Canceled", run, { caller: "nothing", ...rest });
}

/** A call that is under way when its server stops. */
function stopped(outcome: string, code: string, wish: string, rest: Partial<Row>): Row {
  const run: Row["run"] = async (probe, kind) => {
    const seen = drive(probe.client, kind, wish);
    await untilOpen(probe);
    const closed = probe.serverHost.close();
    const code = await seen;
    await closed;
    return code;
  };
  return ours(outcome, code, run, rest);
}

async function cancelled(probe: Probe, kind: Kind, wish: string): Promise<string> {
  const cancel = new AbortController();
  const seen = drive(probe.client, kind, wish, { signal: cancel.signal });
  await untilOpen(probe);
  cancel.abort();
  return seen;
}

async function untilOpen({ serverHost }: Probe): Promise<void> {
  await eventually(async () => (await serverHost.metric("grpc_server_in_flight")) === 1);
}

async function driveBy(
  client: ProbeClient & { close(): Promise<void> },
  kind: Kind,
  wish: string,
  options?: DriveOptions,
): Promise<string> {
  try {
    return await drive(client, kind, wish, options);
  } finally {
    await client.close();
  }
}

/** A further client of the probe's server, on the same host. */
function another(probe: Probe, options: ProbeOptions["client"], service = ProbeServiceDefinition) {
  const address = `127.0.0.1:${probe.server.port}`;
  return openClient(probe.clientHost, service, {
    address,
    credentials: () => ({ authorization: "Bearer ada" }),
    retry: false,
    ...options,
  });
}

const unheard = {
  ...ProbeServiceDefinition,
  fullName: "alexandrite.testing.v1.Unheard",
} as unknown as typeof ProbeServiceDefinition;

const unreadable = {
  decode(): never {
    throw new Error("no such message");
  },
};
const methods = Object.entries(ProbeServiceDefinition.methods).map(([key, method]) => [
  key,
  { ...method, responseType: { ...method.responseType, ...unreadable } },
]);
const misread = {
  ...ProbeServiceDefinition,
  methods: Object.fromEntries(methods),
} as typeof ProbeServiceDefinition;

/** A stream of answers that fails at its first one is told to the server by a reset; one answer is on its way with its status. */
const oneAnswer = { kinds: single, server: "OK" };
const manyAnswers = { kinds: streams, server: "Canceled" };
const misreading: Row["run"] = async (probe, kind) =>
  driveBy(
    await another(probe, {}, misread),
    kind,
    kind === "unary" || kind === "clientStream" ? "ok" : "hang",
  );
const choking: Row["run"] = async (probe, kind) =>
  driveBy(
    await another(probe, { maxReceiveBytes: 1 }),
    kind,
    kind === "unary" || kind === "clientStream" ? "ok" : "hang",
  );

const unwritable: DriveOptions = { padding: "no bytes" as unknown as Buffer };
const noRetry = { client: { retry: false as const } };

export const rows: readonly Row[] = [
  wished("ok", "OK", "ok"),
  wished("an AppError", "NotFound", "refuse"),
  wished("an unknown error", "Internal", "throw"),
  wished("a handler that throws at once", "Internal", "throw at once"),
  wished("a handler that throws undefined", "Internal", "throw nothing"),
  wished("a handler that returns nothing", "Internal", "return nothing"),
  wished("the client's deadline", "DeadlineExceeded", "hang", { deadlineMs: 1_000 }),
  foreign("the server's deadline", "DeadlineExceeded", (probe, kind) => driveRaw(probe, kind, hang)),
  ours("a cancellation", "Canceled", (probe, kind) => cancelled(probe, kind, "hang")),
  ours("a handler that fails after the end", "Canceled", (probe, kind) =>
    cancelled(probe, kind, "fail late"),
  ),
  wished(
    "an abandoned stream",
    "Canceled",
    "hang",
    { stopAfter: 1 },
    { kinds: streams, caller: "abandoned" },
  ),
  wished(
    "a source of requests that breaks",
    "Canceled",
    "hang",
    { breakWith: new Error("the source broke") },
    { kinds: uploads, caller: "broken" },
  ),
  foreign(
    "an unknown method",
    "Unimplemented",
    (probe, kind) => driveRaw(probe, kind, Buffer.alloc(0), { method: "Unheard" }),
    { unknown: "method", publicServer: "unseen" },
  ),
  ours(
    "an unknown service",
    "Unimplemented",
    async (probe, kind) => driveBy(await another(probe, {}, unheard), kind, "ok"),
    { unknown: "service", publicServer: "unseen" },
  ),
  foreign("malformed bytes", "InvalidArgument", (probe, kind) => driveRaw(probe, kind, malformed)),
  framed(
    "bytes that do not inflate",
    "Internal",
    frame(hang, true),
    { "grpc-encoding": "gzip" },
    { publicServer: "Canceled" },
  ),
  framed(
    "an unknown compression",
    "Unimplemented",
    frame(hang, true),
    { "grpc-encoding": "snail" },
    { publicServer: "Canceled" },
  ),
  framed(
    "a timeout that is none",
    "Internal",
    undefined,
    { "grpc-timeout": "soon" },
    { publicServer: "Canceled" },
  ),
  ours(
    "an oversized request",
    "ResourceExhausted",
    async (probe, kind) =>
      driveBy(await another(probe, { maxSendBytes: 4_000_000 }), kind, "ok", { padding: large }),
    { publicServer: "Canceled" },
  ),
  wished("an oversized answer", "ResourceExhausted", "overflow"),
  foreign("no token", "Unauthenticated", (probe, kind) =>
    driveRaw(probe, kind, Buffer.alloc(0), { metadata: {} }),
  ),
  reset("a reset of a call that is answered", frame(hang), NGHTTP2_INTERNAL_ERROR),
  reset("a reset before the first message", undefined, NGHTTP2_CANCEL, { kinds: uploads }),
  // Node ends a stream before it tells of the reset, and grpc-js answers a call that ends without its one request.
  reset("a reset before the only request", undefined, NGHTTP2_CANCEL, {
    kinds: asking,
    server: "Unimplemented",
  }),
  framed("no request", "Unimplemented", Buffer.alloc(0), {}, { kinds: asking }),
  ours("an answer over the client's limit", "ResourceExhausted", choking, oneAnswer),
  ours("a stream of answers over the client's limit", "ResourceExhausted", choking, manyAnswers),
  ours("an answer that the client cannot read", "Internal", misreading, oneAnswer),
  ours("a stream of answers that the client cannot read", "Internal", misreading, manyAnswers),
  ours(
    "a connection that is cut",
    "Unavailable",
    async (probe, kind) => {
      const wire = await openWire(probe.server.port);
      const seen = driveBy(await another(probe, { address: `127.0.0.1:${wire.port}` }), kind, "hang");
      await untilOpen(probe);
      wire.close();
      return seen;
    },
    { server: "Canceled" },
  ),
  stopped("a stop that does not wait for the call", "Unavailable", "hang", {
    own: { ...noRetry, settings: { drainMs: 30 } },
  }),
  stopped("a stop that waits for the call", "OK", "pause", {
    kinds: single,
    own: { ...noRetry, settings: { drainMs: 5_000 } },
  }),
  ours(
    "a stream that comes while the server stops",
    "Unavailable",
    async (probe, kind) => {
      const closed = probe.serverHost.close();
      const code = await drive(probe.client, kind, "ok");
      await closed;
      return code;
    },
    { kinds: streams, own: { ...noRetry, settings: { stopNoticeMs: 100 } } },
  ),
  // What never leaves the client, or may not.
  wished(
    "a signal that has aborted",
    "Canceled",
    "ok",
    { signal: AbortSignal.abort() },
    { server: undefined },
  ),
  wished("a deadline that has passed", "DeadlineExceeded", "ok", { deadlineMs: 0 }, { server: undefined }),
  wished(
    "a request over the client's limit",
    "ResourceExhausted",
    "ok",
    { padding: large },
    { server: undefined },
  ),
  wished("a request that cannot be written", "Internal", "ok", unwritable, {
    kinds: asking,
    server: undefined,
  }),
  wished("requests of which one cannot be written", "Internal", "ok", unwritable, {
    kinds: uploads,
    server: undefined,
  }),
  ours(
    "a server that is not there",
    "Unavailable",
    async (probe, kind) => driveBy(await another(probe, { address: "127.0.0.1:1" }), kind, "ok"),
    { server: undefined },
  ),
];
