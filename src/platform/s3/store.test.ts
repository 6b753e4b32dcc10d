import { createHash, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { runInScope } from "../telemetry";
import { createTestHost, testS3, type TestHost, type TestS3 } from "../testing";
import { openStore, type ObjectStore } from ".";

let test: TestS3;
let host: TestHost;
let store: ObjectStore;

beforeEach(async () => {
  test = await testS3();
  host = createTestHost("s3");
  host.clear();
  store = await test.open(host);
});
afterEach(() => host.close());

const read = async (key: string) => {
  const chunks: Buffer[] = [];
  for await (const chunk of (await store.get(key)).body) chunks.push(chunk);
  return Buffer.concat(chunks);
};
async function* pieces(whole: Buffer, size: number) {
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
}

it("a streamed object comes back byte for byte, with its length and hash", async () => {
  const bytes = randomBytes(3_000_000);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await store.put("a/b.stl", pieces(bytes, 64_000), { length: bytes.length, sha256 });
  expect((await read("a/b.stl")).equals(bytes)).toBe(true);
  expect(await store.head("a/b.stl")).toMatchObject({ length: bytes.length, sha256 });
  expect((await store.get("a/b.stl")).length).toBe(bytes.length);
  expect(
    await host.metric("s3_client_operation_duration_seconds_count", { operation: "PutObject", code: "ok" }),
  ).toBe(1);
});

it.each([
  ["empty", 0],
  ["of one byte", 1],
])("an object %s is stored", async (_, length) => {
  await store.put("small", Buffer.alloc(length, "x"), { length });
  expect((await read("small")).length).toBe(length);
});

it.each([
  ["shorter", 900],
  ["longer", 1_100],
])("a body %s than announced leaves no object", async (_, size) => {
  const put = store.put("cut", pieces(Buffer.alloc(size), 100), { length: 1_000 });
  await expect(put).rejects.toMatchObject({ reason: "WRONG_LENGTH" });
  await expect(store.head("cut")).rejects.toMatchObject({ category: "not_found" });
});

it("a body that fails half way leaves no object, and the caller sees why", async () => {
  async function* failing() {
    yield Buffer.alloc(100);
    throw new Error("the upload was aborted");
  }
  await expect(store.put("cut", failing(), { length: 1_000 })).rejects.toMatchObject({
    message: "the upload was aborted",
  });
  await expect(store.head("cut")).rejects.toMatchObject({ category: "not_found" });
});

it("what is not there is not found, and deleting it is no error", async () => {
  await expect(store.get("nothing")).rejects.toMatchObject({
    category: "not_found",
    reason: "OBJECT_NOT_FOUND",
  });
  await store.delete("nothing");
  await store.put("thing", Buffer.from("x"), { length: 1 });
  await store.delete("thing");
  await expect(store.head("thing")).rejects.toMatchObject({ category: "not_found" });
});

it("objects are listed by prefix, over pages", async () => {
  const names = Array.from({ length: 12 }, (_, at) => `list/${String(at).padStart(2, "0")}`);
  for (const name of [...names, "other"]) await store.put(name, Buffer.from("x"), { length: 1 });
  const found: string[] = [];
  for await (const { key, length } of store.list("list/")) found.push(`${key}:${length}`);
  expect(found).toEqual(names.map((name) => `${name}:1`));
});

it("a reader that leaves early releases its connection", async () => {
  await store.put("big", Buffer.alloc(5_000_000), { length: 5_000_000 });
  for (let time = 0; time < 60; time++) {
    for await (const chunk of (await store.get("big")).body) if (chunk.length > 0) break;
  }
});

it("the bucket is made once, however many ask", async () => {
  await Promise.all([store.ensureBucket(), store.ensureBucket(), store.ensureBucket()]);
});

describe("a store that does not work", () => {
  let server: Server;
  let broken: ObjectStore;
  let answer: (status: number) => void;
  let silent = false;
  const brokenHost = () => createTestHost("broken");
  let own: TestHost;

  beforeEach(async () => {
    let status = 503;
    answer = (next) => (status = next);
    silent = false;
    server = createServer((request, response) => {
      request.resume();
      if (!silent) response.writeHead(status).end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    own = brokenHost();
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    broken = await own.own(
      Promise.resolve(openStore(own, { ...test.config, endpoint, requestTimeoutMs: 300 })),
    );
  });
  afterEach(async () => {
    await own.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("is unavailable", async () => {
    await expect(broken.head("a")).rejects.toMatchObject({
      category: "unavailable",
      reason: "STORE_UNAVAILABLE",
    });
    expect((await own.ready()).ready).toBe(false);
  });

  it("that refuses is no outage", async () => {
    answer(403);
    await expect(broken.get("a")).rejects.toMatchObject({ category: "internal", reason: "STORE_REFUSED" });
  });

  it("that is silent ends with the deadline", async () => {
    silent = true;
    const startedAt = Date.now();
    const call = runInScope({ deadlineAt: Date.now() + 200, fields: {} }, () => broken.get("a"));
    await expect(call).rejects.toMatchObject({ category: "deadline_exceeded" });
    expect(Date.now() - startedAt).toBeLessThan(1_000);
  });

  it("that nothing listens for is unavailable", async () => {
    const gone = createTestHost("gone");
    const nowhere = await gone.own(
      Promise.resolve(openStore(gone, { ...test.config, endpoint: "http://127.0.0.1:1" })),
    );
    const put = nowhere.put("a", Readable.from([Buffer.from("x")]), { length: 1 });
    await expect(put).rejects.toMatchObject({ category: "unavailable" });
    await gone.close();
  });
});
