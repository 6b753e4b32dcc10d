import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { OrderStatus, OwnerKind } from "../../gen/alexandrite/order/v1/order";
import { AppError } from "../../platform/errors";
import { createTestHost } from "../../platform/testing";
import { demoAccounts } from "./domain/account";
import { type RunningShop, runShop } from "./testing/running-shop";

const S = OrderStatus;
const anna = demoAccounts[0]!.accountId;
const boris = demoAccounts[1]!.accountId;
let running: RunningShop | undefined;
let shop: RunningShop["shop"];
let asAnna: { metadata: Record<string, string> };
let asBoris: { metadata: Record<string, string> };

const run = () => running as RunningShop;
const notHolder = (holder: string) =>
  new AppError({
    category: "failed_precondition",
    reason: "NOT_HOLDER",
    message: "Elsewhere",
    details: { holder, version: "9" },
  });

beforeAll(async () => {
  running = await runShop();
  shop = running.shop;
  asAnna = await running.signedIn("anna@example.com");
  asBoris = await running.signedIn("Boris@Example.com");
});
afterAll(() => running?.close());
beforeEach(() => void run().peers.heard.splice(0));

describe("accounts", () => {
  test.each(demoAccounts)(
    "$email signs in as $role and gets a token that the key set verifies",
    async (account) => {
      const answer = await shop.signIn({ email: account.email, password: "alexandrite" });
      expect(answer).toMatchObject({ accountId: account.accountId, role: account.role, name: account.name });
      const jwks = JSON.parse((await shop.getJwks({})).jwksJson) as JSONWebKeySet;
      const rules = { issuer: "alexandrite", audience: "alexandrite", algorithms: ["EdDSA"] };
      const { payload } = await jwtVerify(answer.accessToken, createLocalJWKSet(jwks), rules);
      expect(payload).toMatchObject({ sub: account.accountId, role: account.role, name: account.name });
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3_600);
      expect(answer.expiresAt?.getTime()).toBe((payload.exp ?? 0) * 1000);
      expect(decodeProtectedHeader(answer.accessToken)).toMatchObject({
        alg: "EdDSA",
        kid: jwks.keys[0]?.kid,
      });
    },
  );

  test("the key set has public parts only", async () => {
    const jwks = JSON.parse((await shop.getJwks({})).jwksJson) as JSONWebKeySet;
    expect(jwks.keys).toHaveLength(1);
    expect(Object.keys(jwks.keys[0] ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
  });

  test("a wrong password and an unknown e-mail answer alike", async () => {
    const fault = (email: string) =>
      shop.signIn({ email, password: "wrong" }).then(
        () => undefined,
        ({ category, reason, message }: AppError) => ({ category, reason, message }),
      );
    const wrong = await fault("oleg@example.com");
    expect(wrong).toMatchObject({ category: "unauthenticated", reason: "BAD_CREDENTIALS" });
    expect(await fault("nobody@example.com")).toEqual(wrong);
  });

  test("after ten failures an account takes no more sign-ins for a while, not even the right one", async () => {
    for (let i = 0; i < 10; i++) {
      await expect(shop.signIn({ email: "x@example.com", password: "wrong" })).rejects.toMatchObject({
        reason: "BAD_CREDENTIALS",
      });
    }
    const refusal = await shop
      .signIn({ email: "X@example.com", password: "wrong" })
      .catch((error: AppError) => error);
    expect(refusal).toMatchObject({ category: "resource_exhausted", reason: "TOO_MANY_SIGN_INS" });
    expect((refusal as AppError).retryAfterMs).toBeGreaterThan(0);
  });

  test("a partner is known by the API key, which MES knows; a wrong one is refused", async () => {
    const { apiKey, partnerId } = run().peers.partner;
    const order = await run().holders.bring(partnerId, S.ORDER_STATUS_CREATED, {
      ownerKind: OwnerKind.OWNER_KIND_PARTNER,
    });
    await run().until(order.orderId, () => true);
    const { orders } = await shop.listOrders(page(10), { metadata: { "x-api-key": apiKey } });
    expect(orders.map((each) => each.orderId)).toEqual([order.orderId]);
    await expect(
      shop.listOrders(page(10), { metadata: { "x-api-key": `${apiKey}0` } }),
    ).rejects.toMatchObject({ category: "unauthenticated" });
  });

  test("without a token, or with the wrong role, nothing of an order is told", async () => {
    await expect(shop.listOrders(page(10))).rejects.toMatchObject({ category: "unauthenticated" });
    const asOleg = await run().signedIn("oleg@example.com");
    await expect(shop.listOrders(page(10), asOleg)).rejects.toMatchObject({ category: "permission_denied" });
  });
});

describe("catalogue", () => {
  const reference = ["201057139", "201058638", "562553736"];

  beforeAll(async () => {
    for (let i = 0; !(await run().shopHost.ready()).checks["catalogue"]?.ok && i < 200; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  test("products come with live price and stock, each once, in the order of the request; unknown ones are missing", async () => {
    const skus = [...reference, "7", reference[0]!];
    const { products, missingSkus } = await shop.listProducts({ skus });
    expect(products.map((product) => product.sku)).toEqual(reference);
    expect(missingSkus).toEqual(["7"]);
    expect(products[0]).toMatchObject({
      currency: "EUR",
      name: expect.stringContaining(","),
      description: expect.stringMatching(/./),
    });

    const admin = createTestHost("admin");
    const db = await run().productsDatabase.open(admin);
    await db.execute("UPDATE product SET price_minor = 4321, stock = 77 WHERE sku = $1", [reference[0]]);
    await admin.close();
    const after = await shop.listProducts({ skus: [reference[0]!] });
    expect(after.products[0]).toMatchObject({ priceMinor: 4_321n, stock: 77 });
  });

  test.each([
    ["no SKU", []],
    ["101 SKUs", Array.from({ length: 101 }, (_, i) => String(i))],
    ["letters", ["abc"]],
  ])("%s is refused by the field's name", async (_what, skus) => {
    const fault = await shop.listProducts({ skus }).catch((error: AppError) => error);
    expect(fault).toMatchObject({ category: "invalid_argument" });
    expect((fault as AppError).violations[0]?.field).toMatch(/^skus/);
  });

  test("the catalogue is browsed by name, page by page, without a gap or a repeat", async () => {
    const names: string[] = [];
    const skus = new Set<string>();
    for (let pageToken = ""; ;) {
      const answer = await shop.browseCatalogue({ query: "AURORA ring", pageSize: 20, pageToken });
      names.push(...answer.products.map((product) => product.name));
      answer.products.forEach((product) => skus.add(product.sku));
      pageToken = answer.nextPageToken;
      if (pageToken === "") break;
    }
    expect(names.length).toBeGreaterThan(40);
    expect(skus.size).toBe(names.length);
    expect(names).toEqual([...names].sort());
    expect(names.every((name) => name.toLowerCase().includes("aurora ring"))).toBe(true);
  });

  test("a page token of another query is refused", async () => {
    const { nextPageToken } = await shop.browseCatalogue({ query: "ring", pageSize: 1, pageToken: "" });
    const other = { query: "brooch", pageSize: 1, pageToken: nextPageToken };
    await expect(shop.browseCatalogue(other)).rejects.toMatchObject({ reason: "BAD_PAGE_TOKEN" });
  });
});

const page = (pageSize: number, pageToken = "") => ({
  statuses: [],
  updatedSince: undefined,
  pageSize,
  pageToken,
});

describe("orders", () => {
  test("an order is seen by its owner; to others it answers like a missing one", async () => {
    const { orderId } = await run().holders.bring(anna, S.ORDER_STATUS_PRICED);
    await run().until(orderId, (order) => order.status === S.ORDER_STATUS_PRICED);
    expect((await shop.getOrder({ orderId }, asAnna)).order?.price?.totalMinor).toBe(1_990n);
    const command = { orderId, expectedVersion: 3, commandId: "" };
    const foreign = await Promise.allSettled([
      shop.getOrder({ orderId }, asBoris),
      shop.payOrder({ ...command, card: "4242424242424242" }, asBoris),
      shop.cancelOrder({ ...command, reason: "" }, asBoris),
    ]);
    for (const call of foreign) {
      const reason = { category: "not_found", reason: "ORDER_NOT_FOUND" };
      expect(call).toMatchObject({ status: "rejected", reason });
    }
    expect(run().peers.heard).toEqual([]);
    // A missing order is waited for, and a foreign one is as missing as any.
    const watched = first(shop.watchOrder({ orderId, afterVersion: 0 }, { ...asBoris, deadlineMs: 500 }));
    await expect(watched).rejects.toMatchObject({ category: "deadline_exceeded" });
  });

  test("a customer and a partner of the same id do not see each other's orders", async () => {
    const { orderId } = await run().holders.bring(anna, S.ORDER_STATUS_CREATED, {
      ownerKind: OwnerKind.OWNER_KIND_PARTNER,
    });
    await run().until(orderId, () => true);
    await expect(shop.getOrder({ orderId }, asAnna)).rejects.toMatchObject({ category: "not_found" });
  });

  test("a list has the caller's own orders only, newest change first, page by page", async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++)
      made.unshift((await run().holders.bring(boris, S.ORDER_STATUS_CREATED)).orderId);
    for (const orderId of made) await run().until(orderId, () => true);
    const seen: string[] = [];
    for (let token = ""; ;) {
      const { orders, nextPageToken } = await shop.listOrders(page(2, token), asBoris);
      expect(orders.length).toBeLessThanOrEqual(2);
      seen.push(...orders.map((order) => order.orderId));
      token = nextPageToken;
      if (token === "") break;
    }
    expect(seen).toEqual(made);
    const priced = { ...page(10), statuses: [S.ORDER_STATUS_PRICED] };
    expect((await shop.listOrders(priced, asBoris)).orders).toEqual([]);
    const { nextPageToken } = await shop.listOrders(page(2), asBoris);
    await expect(shop.listOrders({ ...priced, pageToken: nextPageToken }, asBoris)).rejects.toMatchObject({
      category: "invalid_argument",
    });
  });

  test("a watch tells every version once, in order, and ends with the order", async () => {
    const order = await run().holders.bring(anna, S.ORDER_STATUS_PRICED);
    const seen: number[] = [];
    const watching = (async () => {
      const versions = shop.watchOrder({ orderId: order.orderId, afterVersion: 1 }, asAnna);
      for await (const { order: at } of versions) seen.push(at!.version);
    })();
    await run().holders.move(order, S.ORDER_STATUS_CANCELLED);
    await watching;
    expect(seen).toEqual([2, 3, 4]);
    expect(await first(shop.watchOrder({ orderId: order.orderId, afterVersion: 4 }, asAnna))).toBeUndefined();
  });

  test("a watch waits for an order that has not arrived, until its deadline", async () => {
    const missing = "00000000-0000-4000-8000-00000000dead";
    await expect(
      first(shop.watchOrder({ orderId: missing, afterVersion: 0 }, { ...asAnna, deadlineMs: 400 })),
    ).rejects.toMatchObject({ category: "deadline_exceeded" });
  });

  test("confirm, reprice and delivery reach CRM in the caller's own name", async () => {
    const priced = await run().holders.bring(anna, S.ORDER_STATUS_PRICED);
    const command = { orderId: priced.orderId, expectedVersion: 3, commandId: "" };
    const specification = { material: "PETG", finish: "RAW", quantity: 2 };
    const repriced = await shop.repriceOrder({ ...command, specification }, asAnna);
    expect(repriced.order?.status).toBe(S.ORDER_STATUS_MODEL_UPLOADED);
    run().peers.refusals.push(notHolder("MES"));
    await expect(shop.confirmOrder(command, asAnna)).rejects.toMatchObject({ reason: "NOT_HOLDER" });
    run().peers.refusals.push(notHolder("MES"));
    await expect(shop.confirmDelivery(command, asAnna)).rejects.toMatchObject({ reason: "NOT_HOLDER" });
    expect(run().peers.heard.map(({ method, role, callerId }) => [method, role, callerId])).toEqual([
      ["crm.repriceOrder", "customer", anna],
      ["crm.confirmOrder", "customer", anna],
      ["crm.confirmDelivery", "customer", anna],
    ]);
  });

  test("a cancel goes to the holder that Shop's own row names, and follows whom they name", async () => {
    const { orderId } = await run().holders.bring(anna, S.ORDER_STATUS_PRICED);
    await run().until(orderId, (order) => order.version === 3);
    run().peers.refusals.push(notHolder("MES"));
    const command = { orderId, expectedVersion: 3, commandId: "", reason: "changed my mind" };
    const { order } = await shop.cancelOrder(command, asAnna);
    expect(order?.status).toBe(S.ORDER_STATUS_CANCELLED);
    expect(run().peers.heard.map((each) => each.method)).toEqual(["crm.cancelOrder", "mes.cancelOrder"]);
  });

  test("a cancel of an order that Shop has not heard of goes to MES", async () => {
    const { orderId } = await run().holders.bring(anna, S.ORDER_STATUS_CREATED, { silent: true });
    await shop.cancelOrder({ orderId, expectedVersion: 1, commandId: "", reason: "" }, asAnna);
    expect(run().peers.heard.map((each) => each.method)).toEqual(["mes.cancelOrder"]);
  });

  test("a cancel gives up after three hops", async () => {
    const { orderId } = await run().holders.bring(anna, S.ORDER_STATUS_PRICED);
    await run().until(orderId, (order) => order.version === 3);
    run().peers.refusals.push(notHolder("MES"), notHolder("CRM"), notHolder("MES"), notHolder("CRM"));
    const command = { orderId, expectedVersion: 3, commandId: "", reason: "" };
    await expect(shop.cancelOrder(command, asAnna)).rejects.toMatchObject({ reason: "NOT_HOLDER" });
    expect(run().peers.heard).toHaveLength(3);
    run().peers.refusals.splice(0);
  });

  test("an order that Shop holds is cancelled here; a repeat of the command answers the same", async () => {
    const { orderId, version } = await run().holders.bring(anna, S.ORDER_STATUS_CONFIRMED);
    const commandId = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
    const command = { orderId, expectedVersion: version, commandId, reason: "too dear" };
    await run().until(orderId, (order) => order.version === version);
    const { order } = await shop.cancelOrder(command, asAnna);
    expect(order).toMatchObject({
      status: S.ORDER_STATUS_CANCELLED,
      failure: { reason: "CANCELLED_BY_CUSTOMER", message: "too dear" },
    });
    expect((await shop.cancelOrder(command, asAnna)).order).toEqual(order);
    expect(run().peers.heard).toEqual([]);
  });
});

async function first<T>(answers: AsyncIterable<T>): Promise<T | undefined> {
  for await (const answer of answers) return answer;
  return undefined;
}
