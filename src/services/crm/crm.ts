import { openBaton } from "../../baton";
import { CrmServiceDefinition } from "../../gen/alexandrite/crm/v1/crm";
import { descriptorSet } from "../../gen/descriptors";
import { OrderEventsServiceDefinition } from "../../gen/alexandrite/events/v1/events";
import { MesServiceDefinition } from "../../gen/alexandrite/mes/v1/mes";
import { Holder } from "../../gen/alexandrite/order/v1/order";
import { ShopServiceDefinition } from "../../gen/alexandrite/shop/v1/shop";
import { createIdentity } from "../../identity";
import { createServer, openClient, serviceKey } from "../../platform/grpc";
import { openKafka } from "../../platform/kafka";
import type { ServiceHost } from "../../platform/lifecycle";
import { openDatabase } from "../../platform/postgres";
import { openCrmCache } from "./cache";
import type { CrmConfig } from "./config";
import { measureOrders } from "./figures";
import { addNote } from "./grpc/add-note";
import { cancelOrder } from "./grpc/cancel-order";
import { confirmDelivery } from "./grpc/confirm-delivery";
import { confirmOrder } from "./grpc/confirm-order";
import { getOrder } from "./grpc/get-order";
import { listOrders } from "./grpc/list-orders";
import { repriceOrder } from "./grpc/reprice-order";
import { crmMigrations } from "./store/migrations";

/** How often the business's figures are read, in milliseconds. */
const measureMs = 15_000;

/** Everything CRM is made of, in start order; `own` closes it in reverse. */
export async function startCrm(host: ServiceHost, config: CrmConfig): Promise<{ port: number }> {
  const credentials = serviceKey(config.identity.serviceKey);
  const db = await host.own(openDatabase(host, config.postgres, { migrations: crmMigrations }));
  const kafka = await host.own(openKafka(host, config.kafka));
  const toShop = { address: config.shopAddresses, credentials, tls: config.tls };
  const toMes = { address: config.mesAddresses, credentials, tls: config.tls };
  const shop = await host.own(openClient(host, ShopServiceDefinition, toShop));
  const mes = await host.own(openClient(host, MesServiceDefinition, toMes));
  const peers = {
    SHOP: await host.own(openClient(host, OrderEventsServiceDefinition, toShop)),
    MES: await host.own(openClient(host, OrderEventsServiceDefinition, toMes)),
  };
  const baton = await host.own(openBaton(host, { db, kafka, self: Holder.HOLDER_CRM, peers }));
  const authenticate = createIdentity(config.identity, { shop, mes });
  await baton.start();
  host.every("measure-orders", measureMs, measureOrders(host, db));
  const cache = openCrmCache(host, db, config.cache);
  const server = createServer(host, config.grpc, { authenticate, descriptors: descriptorSet });
  server.add(OrderEventsServiceDefinition, baton.handlers);
  server.add(CrmServiceDefinition, {
    getOrder: getOrder({ baton, db, cache }),
    listOrders: listOrders({ baton, cache }),
    addNote: addNote({ baton, db }),
    confirmOrder: confirmOrder({ baton }),
    repriceOrder: repriceOrder({ baton }),
    cancelOrder: cancelOrder({ baton }),
    confirmDelivery: confirmDelivery({ baton }),
  });
  return host.own(server.listen());
}
