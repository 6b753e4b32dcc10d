import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { encodeGelf, gelfFrame } from "./gelf-encode";
import { GelfSender, type GelfEvent } from "./gelf-sender";

/** A TCP server that splits frames as Graylog's input does. */
type Graylog = {
  port: number;
  messages: Record<string, unknown>[];
  sockets: Set<Socket>;
  close(): Promise<void>;
};

const counts: Record<GelfEvent, number> = {
  sent: 0,
  bufferFull: 0,
  connectionLost: 0,
  stopping: 0,
  invalid: 0,
};
let connected: boolean;
let sender: GelfSender | undefined;
let graylog: Graylog | undefined;

beforeEach(() => {
  connected = false;
  for (const event of Object.keys(counts)) counts[event as GelfEvent] = 0;
});
afterEach(async () => {
  await sender?.end(0);
  await graylog?.close();
  sender = graylog = undefined;
});

function open(port: number, limits: { maxLines?: number; maxBytes?: number } = {}): GelfSender {
  sender = new GelfSender({
    address: `127.0.0.1:${port}`,
    minRetryMs: 20,
    maxRetryMs: 100,
    ...limits,
    count: (event, lines) => (counts[event] += lines),
    connected: (is) => (connected = is),
  });
  return sender;
}

const line = (msg: string, more: object = {}) =>
  JSON.stringify({
    level: "info",
    time: "2026-03-01T12:00:00.250Z",
    service: "shop",
    instance: "shop-1",
    msg,
    ...more,
  });

test("a line becomes GELF 1.1: float seconds, a syslog level, strings and numbers only", () => {
  const message = encodeGelf(
    line("paid", {
      level: "warn",
      order_id: "o1",
      id: 7,
      ok: true,
      nothing: null,
      ms: 1.5,
      tags: ["a", "b"],
      "a key": "x",
      nested: { deep: { flag: false, n: 2 } },
      err: {
        type: "AppError",
        message: "down",
        stack: "AppError: down\n at x",
        cause: { message: "socket", stack: "Error: socket" },
      },
    }),
  );
  expect(message).toMatchObject({
    version: "1.1",
    host: "shop-1",
    short_message: "paid",
    full_message: "paid\nAppError: down\n at x\ncaused by: Error: socket",
    timestamp: Date.parse("2026-03-01T12:00:00.250Z") / 1000,
    level: 4,
    _service: "shop",
    _order_id: "o1",
    _field_id: 7,
    _ok: "true",
    _ms: 1.5,
    _tags: "a, b",
    _a_key: "x",
    _nested_deep_flag: "false",
    _nested_deep_n: 2,
    _err_cause_message: "socket",
  });
  expect(message).not.toHaveProperty("_id");
  expect(message).not.toHaveProperty("_nothing");
  expect(message).toMatchObject({ _null_fields: "nothing" });
  expect(
    Object.values(message ?? {}).every((value) => typeof value === "string" || typeof value === "number"),
  ).toBe(true);
});

test.each([
  ["fatal", 2],
  ["error", 3],
  ["warn", 4],
  ["info", 6],
  ["debug", 7],
  ["trace", 7],
  [50, 3],
])("level %p is syslog %p", (level, severity) => {
  expect(encodeGelf(line("x", { level }))?.["level"]).toBe(severity);
});

test("a line without text, or with a blank one, still has a short_message, and what is no line is refused", () => {
  expect(encodeGelf('{"level":"info"}')).toMatchObject({ short_message: "(no message)", host: "unknown" });
  expect(encodeGelf(line("  ", { err: { message: "down" } }))?.["short_message"]).toBe("down");
  expect(encodeGelf("plain text")).toBeUndefined();
  expect(encodeGelf("[1]")).toBeUndefined();
});

test("a message stays within what Graylog takes, whatever is logged", () => {
  const wide = encodeGelf(
    line(
      "x".repeat(1e6),
      Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, "é".repeat(1e5)])),
    ),
  );
  if (!wide) throw new Error("expected a message");
  expect(gelfFrame(wide).length).toBeLessThan(2 * 1024 * 1024);
  for (const [key, value] of Object.entries(wide)) {
    if (key.startsWith("_")) expect(Buffer.byteLength(String(value))).toBeLessThanOrEqual(32_766);
  }
  expect(wide["_fields_left_out"]).toBeGreaterThan(200);
});

test.each([
  ['{"msg":"a 12345678901234567890","n":12345678901234567890}', "12345678901234567890"],
  [
    String.raw`{"msg":"\\\",:9999999999999999999","m":"\\","n":-99999999999999999999}`,
    "-99999999999999999999",
  ],
  ['{"list":[1,2,12345678901234567890],"n":1234567890123456789.5}', 1234567890123456789.5],
  ['{"a":1234567890123456,"n":1e25}', 1e25],
])("long integers keep their digits: %s", (text, expected) => {
  expect(encodeGelf(text)?.["_n"]).toBe(expected);
});

test("frames end with a zero byte and arrive in order", async () => {
  graylog = await startGraylog();
  const out = open(graylog.port);
  for (let i = 0; i < 500; i++) out.send(line(`line ${i} with ünïcode`));
  await until(() => graylog?.messages.length === 500);
  expect(graylog.messages.map((message) => message["short_message"])).toEqual(
    Array.from({ length: 500 }, (_, i) => `line ${i} with ünïcode`),
  );
  await until(() => counts.sent === 500);
});

test("a server that comes later gets what was kept, in order, and the oldest lines are dropped and counted", async () => {
  const port = await freePort();
  const out = open(port, { maxLines: 100 });
  for (let i = 0; i < 250; i++) out.send(line(`line ${i}`));
  expect(counts.bufferFull).toBe(150);
  graylog = await startGraylog(port);
  await until(() => graylog?.messages.length === 100);
  expect(graylog.messages[0]?.["short_message"]).toBe("line 150");
  expect(connected).toBe(true);
});

test("the buffer is bounded in bytes too", async () => {
  const out = open(await freePort(), { maxBytes: 10_000 });
  for (let i = 0; i < 100; i++) out.send(line("x".repeat(900)));
  expect(counts.bufferFull).toBeGreaterThan(85);
});

test("after a restart of the server it connects again and every line is either sent or counted", async () => {
  graylog = await startGraylog();
  const { port } = graylog;
  const out = open(port);
  out.send(line("before"));
  await until(() => counts.sent === 1);
  await graylog.close();
  await until(() => !connected);
  for (let i = 0; i < 10; i++) out.send(line(`during ${i}`));
  graylog = await startGraylog(port);
  await until(() => graylog?.messages.length === 10);
  expect(counts).toMatchObject({ sent: 11, connectionLost: 0, bufferFull: 0 });
});

test("a server that reads nothing costs a bounded buffer, no more, and every line is accounted for", async () => {
  graylog = await startGraylog(0, { reads: false });
  const out = open(graylog.port, { maxLines: 200 });
  await until(() => connected);
  const before = process.memoryUsage();
  for (let i = 0; i < 40; i++) {
    for (let j = 0; j < 1_000; j++) out.send(line("y".repeat(2_000)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  // 80 MB of lines; what Node keeps of them are 200 waiting, 256 KiB in the socket, and garbage.
  expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(40e6);
  expect(counts.bufferFull).toBeGreaterThan(30_000);
  expect(counts.connectionLost).toBe(0);
  await out.end(50);
  expect(counts.sent + counts.bufferFull + counts.stopping).toBe(40_000);
  expect(counts.stopping).toBeLessThan(400);
});

test("a connection that breaks in the middle of a frame costs counted lines, and the next one starts with a whole frame", async () => {
  graylog = await startGraylog(0, { pausesAfter: 50_000 });
  const { port } = graylog;
  const out = open(port, { maxBytes: 64e6 });
  // 20 MB, which no system's own buffers take.
  for (let i = 0; i < 1_000; i++) out.send(line(`line ${i}`, { padding: "p".repeat(20_000) }));
  await until(() => counts.sent > 0);
  await graylog.close();
  await until(() => !connected);
  expect(counts.connectionLost).toBeGreaterThan(0);
  graylog = await startGraylog(port);
  await until(() => counts.sent + counts.connectionLost === 1_000);
  await until(() => graylog?.messages.at(-1)?.["short_message"] === "line 999");
  const numbers = graylog.messages.map((message) => Number(String(message["short_message"]).slice(5)));
  // In order, without a gap: what was lost was lost together, when the connection broke.
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 1_000 - numbers.length + i));
  expect(counts.bufferFull).toBe(0);
});

test("a server that was never there is found when it comes, without a burst of attempts before", async () => {
  const port = await freePort();
  const out = open(port);
  out.send(line("early"));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(connected).toBe(false);
  graylog = await startGraylog(port);
  await until(() => graylog?.messages.length === 1);
  expect(graylog.sockets.size).toBe(1);
  expect(counts).toEqual({ sent: 1, bufferFull: 0, connectionLost: 0, stopping: 0, invalid: 0 });
});

test("the end sends what is left, and counts what it could not send", async () => {
  graylog = await startGraylog();
  const out = open(graylog.port);
  for (let i = 0; i < 50; i++) out.send(line(`line ${i}`));
  await out.end(2_000);
  await until(() => graylog?.messages.length === 50);
  const lost = open(await freePort());
  lost.send(line("nobody hears"));
  await lost.end(60);
  expect(counts.stopping).toBe(1);
});

test("what is no JSON is counted as invalid", async () => {
  open(await freePort()).send("not json");
  expect(counts.invalid).toBe(1);
});

/** `pausesAfter`: reads no more from a connection that brought so many bytes, wherever in a frame that is. */
async function startGraylog(port = 0, { reads = true, pausesAfter = Infinity } = {}): Promise<Graylog> {
  const messages: Record<string, unknown>[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    if (!reads) return void socket.pause();
    let rest = Buffer.alloc(0);
    let bytes = 0;
    socket.on("data", (chunk) => {
      bytes += chunk.length;
      if (bytes > pausesAfter) return void socket.pause();
      rest = Buffer.concat([rest, chunk]);
      for (let zero = rest.indexOf(0); zero >= 0; zero = rest.indexOf(0)) {
        messages.push(JSON.parse(rest.subarray(0, zero).toString()) as Record<string, unknown>);
        rest = rest.subarray(zero + 1);
      }
    });
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    sockets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function freePort(): Promise<number> {
  const taken = await startGraylog();
  await taken.close();
  return taken.port;
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !condition();) {
    if (Date.now() > end) throw new Error("The condition did not come true within 5 s.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
