import { randomUUID } from "node:crypto";
import { AppError } from "../../../platform/errors";
import { createHttpServer, type HttpServer } from "../../../platform/http";
import { createTestHost, type TestHost } from "../../../platform/testing";
import type { Upstreams } from "../upstreams";
import { addOrderRoutes } from "./orders";
import { addProductRoutes } from "./product-list";
import { addRateLimit } from "./rate-limit";
import { addUploadRoute } from "./upload-model";

const maxBodyBytes = 2_048;
const maxBytes = 4_096;
const orderId = randomUUID();
const page = async () => ({ orders: [], nextPageToken: "" });

let host: TestHost;
let server: HttpServer;
let upload: Upstreams["mes"]["uploadModel"];

async function start(rate = { perSecond: 0, burst: 1 }): Promise<void> {
  const config = { host: "127.0.0.1", port: 0, maxBodyBytes, deadlineMs: 30_000, drainMs: 0 };
  server = createHttpServer(host, config);
  const upstreams = {
    shop: { listOrders: page, listProducts: async () => ({ products: [] }) },
    mes: {
      createOrder: async () => ({ order: undefined }),
      uploadModel: (...given: Parameters<typeof upload>) => upload(...given),
    },
  } as unknown as Upstreams;
  addRateLimit(server.app, rate);
  addProductRoutes(server.app, upstreams, { maxConcurrent: 5 });
  addOrderRoutes(server.app, upstreams);
  addUploadRoute(server.app, upstreams, { maxBytes });
  await server.listen();
}

beforeEach(() => {
  host = createTestHost("gateway");
  upload = async (requests) => {
    for await (const request of requests) void request;
    return { order: undefined };
  };
});
afterEach(async () => {
  await server.close();
  await host.close();
});

type Answer = {
  status: number;
  reason: string | undefined;
  message: string | undefined;
  retryAfter: string | null;
};

async function ask(path: string, init: RequestInit & { duplex?: "half" } = {}): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
  const text = await response.text();
  const { error } = (text.startsWith("{") ? JSON.parse(text) : {}) as {
    error?: { reason: string; message: string };
  };
  const { reason, message } = error ?? {};
  return { status: response.status, reason, message, retryAfter: response.headers.get("retry-after") };
}

/** Sent in chunks, without a word about its size. */
const streamOf = (bytes: number) => new Blob(["x".repeat(bytes)]).stream();
const json = { "content-type": "application/json" };
const model = { method: "PUT", headers: { "content-type": "application/octet-stream" } };
const modelPath = `/api/v1/orders/${orderId}/model?format=stl&expectedVersion=1`;

describe("what is too large is refused with the bound and by how much it is over it", () => {
  beforeEach(() => start());

  test("a body that says its size is 413", async () => {
    const body = JSON.stringify({ orderId: "x".repeat(maxBodyBytes - 14 + 7) });
    expect(body).toHaveLength(maxBodyBytes + 7);
    expect(await ask("/api/v1/orders", { method: "POST", headers: json, body })).toMatchObject({
      status: 413,
      reason: "BODY_TOO_LARGE",
      message: "The body has 2055 bytes, 7 over the 2048 that are allowed",
    });
  });

  test("a body that does not say its size is 413 when there is more of it than allowed", async () => {
    const body = streamOf(maxBodyBytes + 1);
    expect(
      await ask("/api/v1/orders", { method: "POST", headers: json, body, duplex: "half" }),
    ).toMatchObject({ status: 413, message: "The body has more than the 2048 bytes that are allowed" });
  });

  test("a body of the largest size is taken", async () => {
    const body = JSON.stringify({ orderId: "x".repeat(maxBodyBytes - 14) });
    expect(await ask("/api/v1/orders", { method: "POST", headers: json, body })).toMatchObject({
      status: 201,
    });
  });

  test.each([
    ["announced", () => "x".repeat(maxBytes + 100)],
    ["not announced", () => streamOf(maxBytes + 100)],
  ])("a model whose size is %s is 413", async (_what, body) => {
    expect(await ask(modelPath, { ...model, body: body(), duplex: "half" })).toMatchObject({
      status: 413,
      reason: "TOO_LARGE",
      message: expect.stringMatching(/bytes, 100 over the 4096 that are allowed/) as string,
    });
  });

  test("a head over 16 KiB is 431, one below is taken", async () => {
    const headers = (bytes: number) => ({ headers: { "x-padding": "x".repeat(bytes) } });
    expect(await ask("/api/v1/orders", headers(15_000))).toMatchObject({ status: 200 });
    expect(await ask("/api/v1/orders", headers(17_000))).toMatchObject({ status: 431 });
  });
});

test("an upload that MES refuses for its tenant's bounds is 429 with MES's words and the time to come back", async () => {
  await start();
  const message = "The customer a has 32 uploads under way, and 32 are allowed";
  upload = async () => {
    const category = "resource_exhausted";
    throw new AppError({ category, reason: "TOO_MANY_UPLOADS", message, retryAfterMs: 1_200 });
  };
  expect(await ask(modelPath, { ...model, body: "solid" })).toEqual({
    status: 429,
    reason: "TOO_MANY_UPLOADS",
    message,
    retryAfter: "2",
  });
});

describe("a caller who has used up its bucket", () => {
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  beforeEach(() => start({ perSecond: 0.001, burst: 2 }));

  test("is refused with 429 and the time to come back, and no other caller is", async () => {
    for (const token of ["anna", "anna", "boris"])
      expect(await ask("/api/v1/orders", as(token))).toMatchObject({ status: 200 });
    const refused = await ask("/api/v1/orders", as("anna"));
    expect(refused).toMatchObject({
      status: 429,
      reason: "RATE_LIMITED",
      message: expect.stringMatching(/2 requests at once and 0.001 per second/) as string,
    });
    expect(Number(refused.retryAfter)).toBeGreaterThan(100);
    expect(await ask("/api/v1/orders", as("boris"))).toMatchObject({ status: 200 });
  });

  test("is known by its API key, and without credentials by its address", async () => {
    for (const headers of [new Headers({ "x-api-key": "k" }), new Headers()]) {
      for (const status of [200, 200, 429])
        expect(await ask("/api/v1/orders", { headers })).toMatchObject({ status });
    }
  });

  test("still gets /product_list, which has a bound for all instead", async () => {
    for (const status of [200, 200, 429])
      expect(await ask("/api/v1/orders", as("anna"))).toMatchObject({ status });
    for (let turn = 0; turn < 3; turn++)
      expect(await ask("/product_list?skus=1", as("anna"))).toMatchObject({ status: 200 });
  });
});
