import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { runInScope } from "../telemetry";
import { createTestHost, testS3, until, type TestHost, type TestS3 } from "../testing";
import { openStore, type ObjectStore } from ".";

let test: TestS3;
let host: TestHost;
let real: ObjectStore;
/** A store that does what a test wants of it. */
let odd: ObjectStore;
let server: Server;
let answer: RequestListener;

beforeAll(async () => {
  test = await testS3();
  const own = createTestHost("s3");
  const store = await test.open(own);
  await store.put("there", Buffer.alloc(5_000_000), { length: 5_000_000 });
  await own.close();
});
beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  host = createTestHost("s3");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  real = openStore(host, test.config);
  const oddHost = { ...host, readiness: () => undefined };
  odd = openStore(oddHost, { ...test.config, endpoint, requestTimeoutMs: 400 });
  host.clear();
});
afterEach(async () => {
  await Promise.all([real.close(), odd.close()]);
  await host.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function read(store: ObjectStore, key = "there"): Promise<number> {
  let bytes = 0;
  for await (const chunk of (await store.get(key)).body) bytes += chunk.length;
  return bytes;
}
async function* failing() {
  yield Buffer.alloc(100);
  throw new RangeError("the upload was aborted");
}
const status = (code: number) => (): void => {
  answer = (_request, response) => void response.writeHead(code).end();
};
const silent = () => void (answer = () => undefined);
/** A head that promises more than comes before the connection is cut, or never ends. */
const half = (cut: boolean) => (): void => {
  answer = (_request, response) => {
    response.writeHead(200, { "content-length": "1000" }).write(Buffer.alloc(400));
    if (cut) setTimeout(() => response.destroy(), 50);
  };
};
const within = (ms: number, fn: () => Promise<unknown>) =>
  runInScope({ deadlineAt: Date.now() + ms, fields: {} }, fn);
const abortedAfter = (ms: number, fn: () => Promise<unknown>) =>
  runInScope({ signal: AbortSignal.timeout(ms), fields: {} }, fn);

type Ending = {
  title: string;
  operation: string;
  code: string;
  given?: () => void;
  call: () => Promise<unknown>;
  reason?: string;
  level?: "warn";
};
const endings: Ending[] = [
  {
    title: "a whole put",
    operation: "PutObject",
    code: "ok",
    call: () => real.put("a", Buffer.from("a"), { length: 1 }),
  },
  { title: "a whole get", operation: "GetObject", code: "ok", call: () => read(real) },
  { title: "a head", operation: "HeadObject", code: "ok", call: () => real.head("there") },
  { title: "a delete", operation: "DeleteObject", code: "ok", call: () => real.delete("nothing") },
  {
    title: "a list of one page",
    operation: "ListObjectsV2",
    code: "ok",
    call: async () => {
      for await (const object of real.list("nothing/")) expect(object).toBeUndefined();
    },
  },
  {
    title: "no such object",
    operation: "GetObject",
    code: "not_found",
    call: () => read(real, "nothing"),
    reason: "OBJECT_NOT_FOUND",
  },
  {
    title: "a body that fails",
    operation: "PutObject",
    code: "body_failed",
    call: () => real.put("cut", failing(), { length: 1_000 }),
    reason: "RangeError",
  },
  {
    title: "a body of another length",
    operation: "PutObject",
    code: "body_failed",
    call: () => real.put("cut", Buffer.alloc(9), { length: 10 }),
    reason: "WRONG_LENGTH",
  },
  {
    title: "a store that fails",
    operation: "HeadObject",
    code: "unavailable",
    given: status(503),
    call: () => odd.head("a"),
    reason: "STORE_UNAVAILABLE",
    level: "warn",
  },
  {
    title: "a store that refuses",
    operation: "HeadObject",
    code: "internal",
    given: status(403),
    call: () => odd.head("a"),
    reason: "STORE_REFUSED",
    level: "warn",
  },
  {
    title: "a deadline before the answer",
    operation: "GetObject",
    code: "deadline_exceeded",
    given: silent,
    call: () => within(100, () => read(odd)),
    reason: "STORE_DEADLINE",
    level: "warn",
  },
  {
    title: "a caller that leaves before the answer",
    operation: "GetObject",
    code: "cancelled",
    given: silent,
    call: () => abortedAfter(100, () => read(odd)),
    reason: "STORE_CANCELLED",
  },
  {
    title: "an object that is cut off",
    operation: "GetObject",
    code: "unavailable",
    given: half(true),
    call: () => read(odd),
    reason: "STORE_UNAVAILABLE",
    level: "warn",
  },
  {
    title: "a deadline in the middle of an object",
    operation: "GetObject",
    code: "deadline_exceeded",
    given: half(false),
    call: () => within(150, () => read(odd)),
    reason: "STORE_DEADLINE",
    level: "warn",
  },
  {
    title: "a caller that leaves in the middle of an object",
    operation: "GetObject",
    code: "cancelled",
    given: half(false),
    call: () => abortedAfter(150, () => read(odd)),
    reason: "STORE_CANCELLED",
  },
  {
    title: "a reader that has seen enough",
    operation: "GetObject",
    code: "cancelled",
    call: async () => {
      for await (const chunk of (await real.get("there")).body) if (chunk.length > 0) break;
    },
  },
  {
    title: "an object that nobody reads, until the store is closed",
    operation: "GetObject",
    code: "cancelled",
    call: async () => {
      await real.get("there");
      await real.close();
    },
  },
];

it.each(endings)("$title: metric, span and log say $code", async (ending) => {
  const { operation, code, given, call, reason, level = "debug" } = ending;
  given?.();
  const failed = reason !== undefined;
  await expect(
    call().then(
      () => false,
      () => true,
    ),
  ).resolves.toBe(failed);
  await until(() => lines().length > 0);
  const labels = { bucket: test.config.bucket, operation, code };
  expect(await host.metric("s3_client_operation_duration_seconds_count", labels)).toBe(1);
  expect(await host.metric("s3_client_operation_duration_seconds_count")).toBe(1);
  expect(await host.metric("s3_client_operation_duration_seconds_sum")).toBeGreaterThan(0);
  expect(await host.metric("s3_client_in_flight")).toBe(0);
  const spans = host.spans();
  expect(spans).toHaveLength(1);
  expect(spans[0]).toMatchObject({ name: `S3.${operation}`, kind: 2 });
  expect(spans[0]?.status.code).toBe(failed && code !== "cancelled" ? 2 : 0);
  expect(spans[0]?.attributes).toMatchObject({
    "rpc.system": "aws-api",
    "rpc.service": "S3",
    "rpc.method": operation,
    "aws.s3.bucket": test.config.bucket,
    "server.address": "127.0.0.1",
    "server.port": expect.any(Number),
  });
  expect(spans[0]?.attributes["error.type"]).toBe(reason);
  const { traceId } = spans[0]!.spanContext();
  expect(lines()).toEqual([expect.objectContaining({ level, s3_code: code, trace_id: traceId })]);
  expect(await host.metricsText()).toMatch(
    new RegExp(`^s3_client_operation.*# {trace_id="${traceId}"}`, "m"),
  );
});

const lines = () => host.logs.filter((line) => "s3_code" in line);

it("a get lasts until its object has been read, and its line says how much that was", async () => {
  const { body } = await real.get("there");
  expect(await host.metric("s3_client_in_flight", { operation: "GetObject" })).toBe(1);
  expect(host.spans()).toHaveLength(0);
  for await (const chunk of body) expect(chunk.length).toBeGreaterThan(0);
  expect(lines()).toMatchObject([{ s3_code: "ok", bytes_in: 5_000_000 }]);
  expect(host.spans()[0]?.attributes).toMatchObject({ "http.response.status_code": 200 });
});
