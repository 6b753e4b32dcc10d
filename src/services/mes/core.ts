import { type Baton, openBaton } from "../../baton";
import { OrderEventsServiceDefinition } from "../../gen/alexandrite/events/v1/events";
import { Holder } from "../../gen/alexandrite/order/v1/order";
import { ShopServiceDefinition } from "../../gen/alexandrite/shop/v1/shop";
import { createIdentity } from "../../identity";
import { type Authenticator, openClient, serviceKey } from "../../platform/grpc";
import { openKafka } from "../../platform/kafka";
import type { ServiceHost } from "../../platform/lifecycle";
import { type Database, openDatabase } from "../../platform/postgres";
import type { MesConfig } from "./config";
import { mesMigrations } from "./store/migrations";
import { partnerOf } from "./store/partners";

/** What MES's three processes have in common: its database, its orders, and who its callers are. */
export type MesCore = { db: Database; baton: Baton; authenticate: Authenticator };

/** Opens the common part. `follow`: this process consumes the others' moves; exactly one kind of MES's processes does. */
export async function openCore(
  host: ServiceHost,
  config: MesConfig,
  { follow }: { follow: boolean },
): Promise<MesCore> {
  const credentials = serviceKey(config.identity.serviceKey);
  const db = await host.own(openDatabase(host, config.postgres, { migrations: mesMigrations }));
  const kafka = await host.own(openKafka(host, config.kafka));
  const toShop = { address: config.shopAddresses, credentials, tls: config.tls };
  const toCrm = { address: config.crmAddresses, credentials, tls: config.tls };
  const shop = await host.own(openClient(host, ShopServiceDefinition, toShop));
  const peers = {
    SHOP: await host.own(openClient(host, OrderEventsServiceDefinition, toShop)),
    CRM: await host.own(openClient(host, OrderEventsServiceDefinition, toCrm)),
  };
  const baton = await host.own(
    openBaton(host, { db, kafka, self: Holder.HOLDER_MES, peers, follow, ...config.orders }),
  );
  const mes = { verifyApiKey: ({ apiKey }: { apiKey: string }) => partnerOf(db, apiKey) };
  return { db, baton, authenticate: createIdentity(config.identity, { shop, mes }) };
}
