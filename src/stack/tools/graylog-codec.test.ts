import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import type * as errors from "../../platform/errors";
import type * as telemetry from "../../platform/telemetry";
import { compilePlatform, type Compiled } from "../../platform/testing";
import { type DecodedFrame, ensureGraylogCodec, type GraylogCodec } from "./graylog-codec";

/**
 * Lines of the real log through the real transport (its worker thread, TCP) into the decoder that Graylog has behind its GELF TCP input.
 * Without Maven or a JDK this fails, in one sentence that says what to install.
 */
type Logger = telemetry.Logger;
type Line = Record<string, unknown> & { time: string };

let codec: GraylogCodec;
let compiled: Compiled;
let openLog: typeof telemetry.openLog;

beforeAll(async () => {
  codec = await ensureGraylogCodec();
  compiled = await compilePlatform();
  // The worker is a file of its own, so the log comes from the same compiled folder.
  ({ openLog } = (await import(join(compiled.dir, "telemetry", "index.js"))) as typeof telemetry);
  const { AppError } = (await import(join(compiled.dir, "errors", "index.js"))) as typeof errors;
  failure = new AppError({
    category: "unavailable",
    reason: "CRM_DOWN",
    message: "CRM does not answer",
    cause: new Error("connect failed", { cause }),
  });
}, 600_000);
afterAll(() => compiled?.remove());

const always = { source: "shop-1", service: "shop", instance: "shop-1", level: 6, level_name: "info" };

/** What is logged, and every field that Graylog then has, the time aside. */
const cases: [string, (log: Logger) => void, Record<string, unknown>][] = [
  ...(
    [
      ["trace", 7],
      ["debug", 7],
      ["info", 6],
      ["warn", 4],
      ["error", 3],
      ["fatal", 2],
    ] as const
  ).map(([level, syslog]): [string, (log: Logger) => void, Record<string, unknown>] => [
    `level ${level}`,
    (log) => log[level](`at ${level}`),
    { ...always, message: `at ${level}`, level: syslog, level_name: level },
  ]),
  [
    "ids",
    (log) => log.info({ order_id: "018f-1", trace_id: "4bf92f3577b34da6a3ce929d0e0e4736" }, "paid"),
    { ...always, message: "paid", order_id: "018f-1", trace_id: "4bf92f3577b34da6a3ce929d0e0e4736" },
  ],
  [
    "unicode",
    (log) => log.info({ city: "Zürich 東京 \u{1F4A0}", rtl: "שלום" }, "größer \u{1F600}"),
    { ...always, message: "größer \u{1F600}", city: "Zürich 東京 \u{1F4A0}", rtl: "שלום" },
  ],
  [
    "newlines, tabs, quotes, NUL and other control characters",
    (log) => log.info({ text: 'a\r\n\tb "c" \\ d\u0000e\u001bf' }, "two\nlines\u0000"),
    { ...always, message: "two\nlines", text: 'a\r\n\tb "c" \\ d\u0000e\u001bf' },
  ],
  [
    "booleans",
    (log) => log.info({ yes: true, no: false }, "flags"),
    { ...always, message: "flags", yes: "true", no: "false" },
  ],
  [
    "null, undefined, NaN and the infinities",
    (log) => log.info({ a: null, b: undefined, c: NaN, d: Infinity, e: -Infinity, f: 0 }, "nothing"),
    { ...always, message: "nothing", f: 0, null_fields: "a, c, d, e" },
  ],
  [
    "numbers",
    (log) => log.info({ zero: 0, minus: -1.5, small: 1e-9, large: 1e30, safe: Number.MAX_SAFE_INTEGER }, "n"),
    {
      ...always,
      message: "n",
      zero: 0,
      minus: -1.5,
      small: 1e-9,
      large: 1e30,
      safe: Number.MAX_SAFE_INTEGER,
    },
  ],
  [
    "bigint",
    (log) => log.info({ offset: 42n, int64: 9_223_372_036_854_775_807n, more: -(2n ** 80n) }, "big"),
    { ...always, message: "big", offset: 42, int64: "9223372036854775807", more: String(-(2n ** 80n)) },
  ],
  [
    "nested objects, lists, and both",
    (log) =>
      log.info(
        {
          order: { id: 7, price: { minor: 1999, net: false } },
          tags: ["a", "b", 3],
          lines: [{ sku: "x" }, { sku: "y" }],
        },
        "tree",
      ),
    {
      ...always,
      message: "tree",
      order_id: 7,
      order_price_minor: 1999,
      order_price_net: "false",
      tags: "a, b, 3",
      lines_0_sku: "x",
      lines_1_sku: "y",
    },
  ],
  [
    "empty things",
    (log) => log.info({ text: "", blank: "  ", list: [], object: {} }, "empty"),
    { ...always, message: "empty", empty_fields: "text, blank, list, object" },
  ],
  [
    "keys that Graylog refuses or has itself, and keys that would meet",
    (log) =>
      log.info(
        {
          "a key": 1,
          a_key: 2,
          größe: 3,
          "a.b-c@d": 4,
          id: 5,
          message: 6,
          source: 7,
          host: 8,
          timestamp: 9,
          streams: 10,
          gl2_x: 11,
          full_message: 12,
          short_message: 13,
          version: 14,
          _x: 15,
          "": 16,
        },
        "keys",
      ),
    {
      ...always,
      message: "keys",
      a_key: 1,
      a_key_: 2,
      gr__e: 3,
      "a.b-c@d": 4,
      field_id: 5,
      field_message: 6,
      field_source: 7,
      field_host: 8,
      field_timestamp: 9,
      field_streams: 10,
      field_gl2_x: 11,
      field_full_message: 12,
      field_short_message: 13,
      version: 14,
      _x: 15,
      field: 16,
    },
  ],
  ["an empty message", (log) => log.info({ a: 1 }, ""), { ...always, message: "(no message)", a: 1 }],
  ["no message", (log) => log.info({ a: 1 }), { ...always, message: "(no message)", a: 1 }],
  ["blanks around a text", (log) => log.info(" x "), { ...always, message: "x" }],
  [
    "a text over 32 KB",
    (log) => log.info({ body: "é".repeat(40_000) }, "long"),
    { ...always, message: "long", body: `${"é".repeat(15_998)}…`, cut_fields: "body" },
  ],
  [
    "a message over 32 KB",
    (log) => log.info("m".repeat(50_000)),
    { ...always, message: `${"m".repeat(31_997)}…`, full_message: "m".repeat(50_000) },
  ],
  [
    "more fields than a message may have",
    (log) => log.info(Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`f${i}`, i])), "wide"),
    {
      ...always,
      message: "wide",
      ...Object.fromEntries(Array.from({ length: 197 }, (_, i) => [`f${i}`, i])),
      fields_left_out: 53,
    },
  ],
];

const cause = new Error("socket hang up");
let failure: errors.AppError;

describe("Graylog's own codec", () => {
  let lines: Line[];
  let decoded: DecodedFrame[];

  beforeAll(async () => {
    ({ lines, decoded } = await throughGraylog((log) => {
      for (const [, write] of cases) write(log);
      log.child({ part: "relay" }).error({ err: failure }, "relay failed");
    }));
  });

  test("takes every line, one frame each", () => {
    expect(decoded.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(decoded).toHaveLength(cases.length + 1);
  });

  test.each(cases.map(([name, , fields], at) => [name, at, fields] as const))(
    "has every field as it was logged: %s",
    (_name, at, expected) => {
      const { timestamp, ...fields } = decoded[at]?.fields ?? {};
      expect(fields).toEqual(expected);
      expect(Date.parse(String(timestamp))).toBe(Date.parse(lines[at]?.time ?? ""));
    },
  );

  test("has an error with its chain of causes, as fields and as one text", () => {
    const fields = decoded.at(-1)?.fields ?? {};
    expect(fields).toMatchObject({
      ...always,
      level: 3,
      level_name: "error",
      part: "relay",
      message: "relay failed",
      err_type: "AppError",
      err_message: "CRM does not answer",
      err_category: "unavailable",
      err_reason: "CRM_DOWN",
      err_stack: failure.stack,
      err_cause_message: "connect failed",
      err_cause_cause_message: "socket hang up",
      err_cause_cause_stack: cause.stack,
    });
    expect(fields["full_message"]).toBe(
      `relay failed\n${failure.stack}\ncaused by: ${(failure.cause as Error).stack}\ncaused by: ${cause.stack}`,
    );
  });
});

test("what is no GELF is refused by the codec, so that it proves something", async () => {
  const refused = await codec.decode(
    Buffer.from('{"version":"1.1","host":"h","short_message":""}\0{"half\0[1]\0'),
  );
  expect(refused.map(({ fields }) => fields)).toEqual([undefined, undefined, undefined]);
  const [silent] = await codec.decode(
    Buffer.from('{"version":"1.1","host":"h","short_message":"m","_flag":true,"_a b":1}\0'),
  );
  expect(Object.keys(silent?.fields ?? {}).sort()).toEqual(["message", "source", "timestamp"]);
});

/** Writes lines, and returns them as standard output has them and as Graylog decodes them. */
async function throughGraylog(
  write: (log: Logger) => void,
): Promise<{ lines: Line[]; decoded: DecodedFrame[] }> {
  const carried: Buffer[] = [];
  const server = createServer((socket) => socket.on("data", (chunk) => carried.push(chunk)));
  const port = await listen(server);
  const lines: Line[] = [];
  try {
    const sink = openLog({
      service: "shop",
      instance: "shop-1",
      level: "trace",
      gelfAddress: `127.0.0.1:${port}`,
      destination: { write: (line: string) => void lines.push(JSON.parse(line) as Line) },
    });
    write(sink.log);
    await sink.close(10_000);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  return { lines, decoded: await codec.decode(Buffer.concat(carried)) };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
