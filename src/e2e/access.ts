import { randomUUID } from "node:crypto";
import { CrmServiceDefinition } from "../gen/alexandrite/crm/v1/crm";
import { ShopServiceDefinition } from "../gen/alexandrite/shop/v1/shop";
import { openClient, withoutCredentials } from "../platform/grpc";
import { seeds } from "../tools/seeds";
import type { System } from "./system";

/** Who may do what, and how a refusal reads. */
export function describeAccess(system: () => System): void {
  describe("access", () => {
    const open = async () => {
      const { host, settings } = system();
      const credentials = withoutCredentials();
      const shop = await openClient(host, ShopServiceDefinition, {
        address: `127.0.0.1:${settings.ports.shop}`,
        credentials,
      });
      const crm = await openClient(host, CrmServiceDefinition, {
        address: `127.0.0.1:${settings.ports.crm}`,
        credentials,
      });
      return { shop, crm, close: () => Promise.all([shop.close(), crm.close()]) };
    };
    const bearer = (token: string) => ({ metadata: { authorization: `Bearer ${token}` } });
    const orderId = randomUUID();

    test("without a token a call is UNAUTHENTICATED, in the wrong role PERMISSION_DENIED", async () => {
      const { shop, crm, close } = await open();
      await expect(shop.getOrder({ orderId })).rejects.toMatchObject({ category: "unauthenticated" });
      await expect(shop.getOrder({ orderId }, bearer("no.token.atall"))).rejects.toMatchObject({
        category: "unauthenticated",
      });
      await expect(crm.getOrder({ orderId }, bearer(system().tokens.customer))).rejects.toMatchObject({
        category: "permission_denied",
      });
      await close();
    });

    test("a partner's API key opens Shop as it opens MES, another key opens nothing", async () => {
      const { shop, close } = await open();
      const list = { statuses: [], updatedSince: undefined, pageSize: 1, pageToken: "" };
      await expect(
        shop.listOrders(list, { metadata: { "x-api-key": seeds.partnerApiKey } }),
      ).resolves.toBeDefined();
      await expect(
        shop.listOrders(list, { metadata: { "x-api-key": "alx_partner_nobody_0000000000" } }),
      ).rejects.toMatchObject({ category: "unauthenticated", reason: "UNKNOWN_API_KEY" });
      await close();
    });

    test("an invalid field is INVALID_ARGUMENT and named", async () => {
      const { shop, close } = await open();
      await expect(
        shop.getOrder({ orderId: "seven" }, bearer(system().tokens.customer)),
      ).rejects.toMatchObject({
        category: "invalid_argument",
        violations: [expect.objectContaining({ field: "order_id" })],
      });
      await close();
    });

    test("a foreign order answers like a missing one", async () => {
      const created = await system().customer.create(randomUUID(), 1);
      await expect(system().otherCustomer.upload(created, cube(), randomUUID())).rejects.toMatchObject({
        httpStatus: 404,
      });
      await expect(system().otherCustomer.get(created.orderId)).rejects.toMatchObject({ httpStatus: 404 });
      await expect(system().otherCustomer.get(orderId)).rejects.toMatchObject({ httpStatus: 404 });
    });
  });
}

function cube() {
  return { path: require.resolve("../../package.json"), fileName: "any.stl", format: "stl" as const };
}
