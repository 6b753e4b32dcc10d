import { createHash, randomUUID } from "node:crypto";
import { type Order } from "../../../gen/alexandrite/order/v1/order";
import { ShopServiceDefinition } from "../../../gen/alexandrite/shop/v1/shop";
import { createIdentity } from "../../../identity";
import { type Client, openClient, withoutCredentials } from "../../../platform/grpc";
import {
  createTestHost,
  testDatabase,
  type TestDatabase,
  type TestHost,
  testKafka,
} from "../../../platform/testing";
import { loadPaymentsConfig } from "../../payments/config";
import { startPayments } from "../../payments/payments";
import { paymentsMigrations } from "../../payments/store/migrations";
import { loadProductsConfig } from "../../products/config";
import { startProducts } from "../../products/products";
import { productsMigrations } from "../../products/store/migrations";
import { loadShopConfig } from "../config";
import { startShop } from "../shop";
import { shopMigrations } from "../store/migrations";
import { type FakePeers, startFakePeers } from "./fake-peers";
import { createOtherHolders, type OtherHolders } from "./other-holders";
import { openUnreliableLine, type UnreliableLine } from "./unreliable-line";

/** Shop with the real product API and payment provider, real Postgres and Kafka, and fake MES and CRM. */
export type RunningShop = {
  readonly shop: Client<typeof ShopServiceDefinition>;
  readonly shopHost: TestHost;
  readonly database: TestDatabase;
  readonly productsDatabase: TestDatabase;
  readonly holders: OtherHolders;
  readonly peers: FakePeers;
  /** Between Shop and the payment provider. */
  readonly line: UnreliableLine;
  readonly serviceKey: string;
  /** Starts another instance on the same database, in the same consumer group; it ends when its host is closed. */
  startAnother(): Promise<TestHost>;
  /** Metadata of a signed-in demonstration account. */
  signedIn(
    email: string,
  ): Promise<{ authorization: string; accountId: string; metadata: Record<string, string> }>;
  ledger(
    orderId: string,
  ): Promise<{ captures: number; refunds: number; net: number; payments: { key: string; state: string }[] }>;
  /** Waits until Shop's copy of an order is as wanted. */
  until(orderId: string, wanted: (order: Order) => boolean): Promise<Order>;
  close(): Promise<void>;
};

export async function runShop(env: Record<string, string> = {}): Promise<RunningShop> {
  const serviceKey = randomUUID();
  const identityEnv = {
    SERVICE_KEY: serviceKey,
    SERVICE_KEY_HASHES: `shop:${createHash("sha256").update(serviceKey).digest("hex")}`,
  };
  const [database, productsDatabase, paymentsDatabase, kafka] = await Promise.all([
    testDatabase(shopMigrations),
    testDatabase(productsMigrations),
    testDatabase(paymentsMigrations),
    testKafka(),
  ]);
  const backHost = createTestHost("back");
  const productsHost = createTestHost("products");
  const paymentsHost = createTestHost("payments");
  const shopHost = createTestHost("shop");

  const paymentsConfig = loadPaymentsConfig({
    DATABASE_URL: paymentsDatabase.url,
    HTTP_PORT: "0",
    HTTP_DRAIN_MS: "100",
    PAYMENTS_LATE_CAPTURE_MS: "1500",
  });
  const payments = await startPayments(paymentsHost, paymentsConfig);
  const productsConfig = loadProductsConfig({
    DATABASE_URL: productsDatabase.url,
    HTTP_PORT: "0",
    HTTP_DRAIN_MS: "100",
  });
  const products = await startProducts(productsHost, productsConfig);
  const line = await openUnreliableLine(`http://127.0.0.1:${payments.port}`);

  const holders = createOtherHolders(await kafka.open(backHost), kafka.topic);
  // The fakes know callers by Shop's tokens, which they can only check once Shop runs.
  const late: { shop?: Client<typeof ShopServiceDefinition> } = {};
  const identity = loadShopConfig({ ...identityEnv, DATABASE_URL: database.url }).identity;
  const authenticate = createIdentity(identity, {
    shop: { getJwks: async (request) => late.shop?.getJwks(request) ?? { jwksJson: "" } },
    mes: { verifyApiKey: async () => ({ partnerId: "partner-1", name: "Partner" }) },
  });
  const peers = await startFakePeers(backHost, { holders, authenticate });

  const config = loadShopConfig({
    ...identityEnv,
    DATABASE_URL: database.url,
    KAFKA_BROKERS: kafka.brokers.join(","),
    GRPC_PORT: "0",
    GRPC_STOP_NOTICE_MS: "0",
    ORDER_STATUS_TOPIC: kafka.topic,
    ORDER_STATUS_GROUP: kafka.group,
    MES_ADDRESS: peers.address,
    CRM_ADDRESS: peers.address,
    PRODUCTS_URL: `http://127.0.0.1:${products.port}`,
    PAYMENTS_URL: line.url,
    PAYMENTS_TIMEOUT_MS: "700",
    PAYMENTS_PATIENCE_MS: "10000",
    ...env,
  });
  const server = await startShop(shopHost, config);
  const opened = await openClient(backHost, ShopServiceDefinition, {
    address: `127.0.0.1:${server.port}`,
    credentials: withoutCredentials(),
  });
  await backHost.own(opened);
  late.shop = opened;

  return {
    shop: opened,
    shopHost,
    database,
    productsDatabase,
    holders,
    peers,
    line,
    serviceKey,
    async startAnother() {
      const another = createTestHost("shop");
      await startShop(another, config);
      return another;
    },
    async signedIn(email) {
      const { accessToken, accountId } = await opened.signIn({ email, password: "alexandrite" });
      const authorization = `Bearer ${accessToken}`;
      return { authorization, accountId, metadata: { authorization } };
    },
    async ledger(orderId) {
      const response = await fetch(`http://127.0.0.1:${payments.port}/v1/ledger?reference=${orderId}`);
      return (await response.json()) as Awaited<ReturnType<RunningShop["ledger"]>>;
    },
    async until(orderId, wanted) {
      const metadata = { "x-service-key": serviceKey };
      for (const giveUpAt = Date.now() + 40_000; ;) {
        const order = await opened.getOrder({ orderId }, { metadata }).then(
          (answer) => answer.order,
          () => undefined,
        );
        if (order && wanted(order)) return order;
        if (Date.now() > giveUpAt)
          throw new Error(`Order ${orderId} is still ${order?.status ?? "unknown"}.`);
        await new Promise((resolve) => setTimeout(resolve, 75));
      }
    },
    async close() {
      await shopHost.close();
      await Promise.all([backHost.close(), line.close(), productsHost.close()]);
      await paymentsHost.close();
      await Promise.all([database, productsDatabase, paymentsDatabase].map((each) => each.drop()));
    },
  };
}
