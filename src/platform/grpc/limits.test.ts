import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { UnaryRequest } from "./testing/gen/testing";
import { adasToken, eventually, openProbe, type Probe, untilAborted } from "./testing/probe";
import { pathOf } from "./testing/drive";

let probe: Probe;
afterEach(() => probe.close());

/** A request of so many bytes on the wire. */
function requestOf(bytes: number): { wish: string; padding: Buffer } {
  const empty = UnaryRequest.encode({ wish: "", padding: Buffer.alloc(bytes) }).finish().length;
  return { wish: "", padding: Buffer.alloc(bytes - (empty - bytes)) };
}

test("a message of the largest size is taken, one byte more is RESOURCE_EXHAUSTED", async () => {
  probe = await openProbe({ settings: { maxMessageBytes: 4_096 } });
  const request = requestOf(4_096);
  expect(UnaryRequest.encode(request).finish()).toHaveLength(4_096);
  await expect(probe.client.unary(request)).resolves.toBeDefined();
  const larger = { ...request, padding: Buffer.alloc(request.padding.length + 1) };
  await expect(probe.client.unary(larger)).rejects.toMatchObject({ category: "resource_exhausted" });
});

test("an answer over the largest size is RESOURCE_EXHAUSTED", async () => {
  probe = await openProbe({
    settings: { maxMessageBytes: 4_096 },
    handlers: { unary: async ({ wish }) => ({ wish, padding: Buffer.alloc(5_000) }) },
  });
  await expect(probe.client.unary({ wish: "", padding: Buffer.alloc(0) })).rejects.toMatchObject({
    category: "resource_exhausted",
  });
});

test("metadata within its bound is taken, beyond it the call is RESOURCE_EXHAUSTED", async () => {
  probe = await openProbe({ settings: { maxMetadataBytes: 8_192 }, client: { retry: false } });
  const request = { wish: "", padding: Buffer.alloc(0) };
  // The first call has the settings acknowledged.
  await probe.client.unary(request);
  const withText = (bytes: number) =>
    probe.client.unary(request, { metadata: { "x-text": "x".repeat(bytes) } });
  await expect(withText(7_000)).resolves.toBeDefined();
  await expect(withText(8_192)).rejects.toMatchObject({ category: "resource_exhausted" });
  await expect(withText(7_000)).resolves.toBeDefined();
});

test("a connection has no more calls open than it may, the next one waits for one of them to end", async () => {
  let open = 0;
  let begun = 0;
  probe = await openProbe({
    settings: { maxConcurrentStreams: 2 },
    handlers: {
      serverStream: async function* (_request, call) {
        open += 1;
        begun += 1;
        await untilAborted(call);
        open -= 1;
        yield* [];
      },
    },
  });
  const session = connect(`http://127.0.0.1:${probe.server.port}`);
  session.on("error", () => undefined);
  await new Promise((resolve) => session.once("remoteSettings", resolve));
  expect(session.remoteSettings.maxConcurrentStreams).toBe(2);
  const first = hang(session);
  hang(session);
  await eventually(() => open === 2, 20_000);
  hang(session);
  // Answered after what was sent before it.
  await new Promise((resolve) => session.ping(resolve));
  expect(begun).toBe(2);
  first.close(8);
  await eventually(() => begun === 3, 20_000);
  session.destroy();
  await eventually(() => open === 0, 20_000);
});

test("connections up to the bound are taken, one more is closed at once and counted", async () => {
  probe = await openProbe({ settings: { maxConnections: 2 } });
  const url = `http://127.0.0.1:${probe.server.port}`;
  const taken = [connect(url), connect(url)];
  for (const session of taken) {
    session.on("error", () => undefined);
    await new Promise((resolve) => session.once("remoteSettings", resolve));
  }
  const refused = connect(url);
  await new Promise((resolve) => refused.on("error", () => undefined).once("close", resolve));
  expect(taken.map(({ closed }) => closed)).toEqual([false, false]);
  expect(await probe.serverHost.metric("grpc_server_connections_refused_total")).toBe(1);
  for (const session of taken) session.destroy();
});

function hang(session: ClientHttp2Session): ClientHttp2Stream {
  const stream = session.request({
    ":method": "POST",
    ":path": pathOf("serverStream"),
    "content-type": "application/grpc",
    te: "trailers",
    ...adasToken,
  });
  stream.on("error", () => undefined);
  stream.end(Buffer.alloc(5));
  return stream;
}
