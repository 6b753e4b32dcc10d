import { randomUUID } from "node:crypto";
import fastify, { type FastifyInstance } from "fastify";
import { Order } from "../../../gen/alexandrite/order/v1/order";
import { AppError } from "../../../platform/errors";
import type { Upstreams } from "../upstreams";
import { addOperatorRoutes } from "./operator";
import { addOrderRoutes } from "./orders";
import { addSellerRoutes } from "./seller";

const orderId = randomUUID();
let order: Order;
let notes: { noteId: string; orderId: string; authorId: string; text: string; createdAt: Date }[];
let nextPageToken: string;
let app: FastifyInstance;
beforeEach(() => {
  order = Order.fromPartial({ orderId, version: 3, owner: { id: "ann" } });
  notes = [];
  nextPageToken = "";
  const page = async () => ({ orders: [order], nextPageToken });
  const one = async () => ({ order });
  app = fastify();
  const upstreams = {
    shop: { listOrders: page, getOrder: one },
    crm: { listOrders: page, getOrder: async () => ({ order, notes }) },
    operator: { listQueue: page, getProductionOrder: one },
  } as unknown as Upstreams;
  addOrderRoutes(app, upstreams);
  addSellerRoutes(app, upstreams);
  addOperatorRoutes(app, upstreams);
});
afterEach(() => app.close());

const get = (url: string, tag?: string) =>
  app.inject({ method: "GET", url, headers: tag === undefined ? {} : { "if-none-match": tag } });

const lists = ["/api/v1/orders", "/api/v1/seller/orders", "/api/v1/operator/queue"];
const singles = lists.map((path) => `${path.replace("queue", "orders")}/${orderId}`);

test.each([...lists, ...singles])("%s answers 304 until the order has another version", async (url) => {
  const first = await get(url);
  expect(first.statusCode).toBe(200);
  expect(first.headers).toMatchObject({
    etag: expect.stringMatching(/^W\/"[\w-]{27}"$/),
    "cache-control": "private, max-age=0, must-revalidate",
    vary: "authorization, x-api-key",
  });
  const tag = first.headers.etag as string;
  const second = await get(url, tag);
  expect(second).toMatchObject({ statusCode: 304, body: "" });
  expect(second.headers).toMatchObject({ etag: tag, vary: "authorization, x-api-key" });
  order = { ...order, version: 4 };
  const third = await get(url, tag);
  expect(third.statusCode).toBe(200);
  expect(JSON.stringify(third.json())).toContain('"version":4');
});

test("a list with another next page is another list", async () => {
  const tag = (await get("/api/v1/orders")).headers.etag as string;
  nextPageToken = "more";
  expect((await get("/api/v1/orders", tag)).statusCode).toBe(200);
});

test("a note makes a seller's order another answer", async () => {
  const url = `/api/v1/seller/orders/${orderId}`;
  const tag = (await get(url)).headers.etag as string;
  notes = [{ noteId: randomUUID(), orderId, authorId: "s", text: "n", createdAt: new Date() }];
  expect((await get(url, tag)).statusCode).toBe(200);
});

test.each([
  ["the tag among others", (tag: string) => `"x", ${tag} , W/"y"`, 304],
  ["the tag without its mark of weakness", (tag: string) => tag.replace("W/", ""), 304],
  ["any", () => "*", 304],
  ["another tag", () => '"x"', 200],
  ["the tag without quotes", (tag: string) => tag.replaceAll('"', ""), 200],
  ["nothing", () => "", 200],
])("If-None-Match with %s", async (_, given, status) => {
  const tag = (await get("/api/v1/orders")).headers.etag as string;
  expect((await get("/api/v1/orders", given(tag))).statusCode).toBe(status);
});

test("a refusal is no 304, whatever the caller has", async () => {
  const refused = fastify();
  const fail = async () => {
    throw new AppError({ category: "not_found", reason: "ORDER_NOT_FOUND", message: "There is none." });
  };
  addOrderRoutes(refused, { shop: { listOrders: fail } } as unknown as Upstreams);
  const headers = { "if-none-match": "*" };
  const answer = await refused.inject({ method: "GET", url: "/api/v1/orders", headers });
  expect(answer.statusCode).not.toBe(304);
  expect(answer.headers.etag).toBeUndefined();
  await refused.close();
});
