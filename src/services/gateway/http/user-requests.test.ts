import { AppError } from "../../../platform/errors";
import { createHttpServer, type HttpServer } from "../../../platform/http";
import type { Authenticator } from "../../../platform/grpc";
import { createTestHost, type TestHost } from "../../../platform/testing";
import { addUserRequests } from "./user-requests";

let host: TestHost;
let server: HttpServer;
let asked: number;

/** Knows `Bearer <name>` as that customer, and no other credential. */
const authenticate: Authenticator = async ({ authorization }) => {
  asked += 1;
  const [, id] = /^Bearer (\w+)$/.exec(authorization ?? "") ?? [];
  if (id === undefined)
    throw new AppError({ category: "unauthenticated", reason: "BAD_TOKEN", message: "not known" });
  return { role: "customer", id, name: id };
};

beforeEach(async () => {
  asked = 0;
  host = createTestHost("gateway");
  server = createHttpServer(host, {
    host: "127.0.0.1",
    port: 0,
    maxBodyBytes: 100,
    deadlineMs: 5_000,
    drainMs: 0,
  });
  addUserRequests(host, server.app, authenticate);
  for (const route of ["/api/v1/orders", "/api/v1/seller/orders", "/product_list", "/index.html"])
    server.app.get(route, async () => ({}));
  server.app.put("/api/v1/orders/:orderId/model", async () => ({}));
  server.app.get("/api/v1/products", async () => {
    throw new AppError({ category: "unauthenticated", reason: "NO_CREDENTIALS", message: "who is it" });
  });
  await server.listen();
});
afterEach(async () => {
  await server.close();
  await host.close();
});

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { headers, method });
const counted = (labels: Record<string, string>) => host.metric("user_requests_total", labels);

async function eventually(check: () => Promise<void>): Promise<void> {
  for (let left = 100; ; left--) {
    try {
      return await check();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

test("requests are counted by API and user, who is asked for once", async () => {
  const ann = { authorization: "Bearer ann" };
  await get("/api/v1/orders", ann);
  await eventually(async () => expect(await counted({ api: "shop", user: "customer:ann" })).toBe(1));
  await get("/api/v1/orders?pageSize=5", ann);
  await get("/api/v1/orders/1/model", ann, "PUT");
  await get("/api/v1/seller/orders", { authorization: "Bearer bob" });
  await eventually(async () => {
    expect(await counted({ api: "shop", user: "customer:ann" })).toBe(2);
    expect(await counted({ api: "mes", user: "customer:ann" })).toBe(1);
    expect(await counted({ api: "crm", user: "customer:bob" })).toBe(1);
  });
  expect(asked).toBe(2);
});

test("who shows nothing is anonymous, who is refused is nobody, and pages count for no API", async () => {
  await get("/product_list");
  await get("/index.html");
  await get("/api/v1/nowhere");
  await get("/api/v1/products", { authorization: "Bearer ann" });
  await get("/api/v1/orders", { "x-api-key": "made up" });
  await eventually(async () => {
    expect(await counted({ api: "shop", user: "anonymous" })).toBe(1);
    expect(await counted({ api: "shop", user: "refused" })).toBe(2);
  });
  expect(await counted({})).toBe(3);
});

test("of very many users only some have a series, and none of their requests is lost", async () => {
  for (let n = 0; n < 60; n++) await get("/api/v1/orders", { authorization: `Bearer user${n}` });
  await eventually(async () => expect(await counted({})).toBe(60));
  expect(await counted({ user: "other" })).toBe(40);
  expect(await counted({ user: "customer:user0" })).toBe(1);
});
