import { openBaton } from "../../baton";
import { CrmServiceDefinition } from "../../gen/alexandrite/crm/v1/crm";
import { OrderEventsServiceDefinition } from "../../gen/alexandrite/events/v1/events";
import { MesServiceDefinition } from "../../gen/alexandrite/mes/v1/mes";
import { Holder } from "../../gen/alexandrite/order/v1/order";
import { ShopServiceDefinition } from "../../gen/alexandrite/shop/v1/shop";
import { descriptorSet } from "../../gen/descriptors";
import { createIdentity } from "../../identity";
import { createServer, forwardCaller, type GrpcServer, openClient, serviceKey } from "../../platform/grpc";
import { openKafka } from "../../platform/kafka";
import type { ServiceHost } from "../../platform/lifecycle";
import { openDatabase } from "../../platform/postgres";
import { seedAccounts } from "./accounts/seed-accounts";
import { openTokens } from "./accounts/tokens";
import { startCatalogueImport } from "./catalogue/import-catalogue";
import { openProductApi } from "./catalogue/product-api";
import type { ShopConfig } from "./config";
import { browseCatalogue } from "./grpc/browse-catalogue";
import { cancelOrder } from "./grpc/cancel-order";
import { confirmDelivery } from "./grpc/confirm-delivery";
import { confirmOrder } from "./grpc/confirm-order";
import { getJwks } from "./grpc/get-jwks";
import { getOrder } from "./grpc/get-order";
import { listOrders } from "./grpc/list-orders";
import { listProducts } from "./grpc/list-products";
import { payOrder } from "./grpc/pay-order";
import { repriceOrder } from "./grpc/reprice-order";
import { signIn } from "./grpc/sign-in";
import { watchOrder } from "./grpc/watch-order";
import { createCashier } from "./payment/cashier";
import { mustHaveNoOpenPayment } from "./payment/no-open-payment";
import { openProvider } from "./payment/provider";
import { refundCancelled } from "./payment/refund-cancelled";
import { createSettlement } from "./payment/settle-intent";
import { startPaymentReconciler } from "./payment/reconcile-payments";
import { startRefunder } from "./payment/start-refunder";
import { startResolver } from "./payment/start-resolver";
import { shopMigrations } from "./store/migrations";

/** Everything Shop is made of, in start order; `own` closes it in reverse. Resolves when it answers. */
export async function startShop(host: ServiceHost, config: ShopConfig): Promise<GrpcServer> {
  const db = await host.own(openDatabase(host, config.postgres, { migrations: shopMigrations }));
  const kafka = await host.own(openKafka(host, config.kafka));
  if (config.demoAccounts) await seedAccounts(db);
  const tokens = await openTokens(db);

  const products = await host.own(openProductApi(host, config.products));
  startCatalogueImport(host, { db, products, renewMs: config.catalogueRenewMs });

  const asShop = serviceKey(config.identity.serviceKey);
  const toMes = { address: config.mesAddresses, credentials: asShop, tls: config.tls };
  const toCrm = { address: config.crmAddresses, credentials: asShop, tls: config.tls };
  const peers = {
    MES: await host.own(openClient(host, OrderEventsServiceDefinition, toMes)),
    CRM: await host.own(openClient(host, OrderEventsServiceDefinition, toCrm)),
  };
  const self = Holder.HOLDER_SHOP;
  const withExpiry = mustHaveNoOpenPayment;
  const baton = await host.own(openBaton(host, { db, kafka, self, peers, withExpiry, ...config.orders }));
  baton.onApplied(refundCancelled);
  await baton.start();

  const provider = await host.own(openProvider(host, config.payments));
  const { metrics } = host;
  const settle = createSettlement({ db, baton, provider, metrics, patienceMs: config.paymentPatienceMs });
  const resolver = startResolver(host, { db, settle });
  startRefunder(host, { db, provider });
  await host.own(startPaymentReconciler(host, { db, provider, ...config.reconciliation }));
  const chargeTimeoutMs = config.payments.timeoutMs;
  const cashier = createCashier(host, { db, baton, provider, settle, resolver, chargeTimeoutMs });

  // Commands that another service holds go on in the name of whoever sent them.
  const asCaller = forwardCaller();
  const crm = await host.own(openClient(host, CrmServiceDefinition, { ...toCrm, credentials: asCaller }));
  const mes = await host.own(openClient(host, MesServiceDefinition, { ...toMes, credentials: asCaller }));
  const keysOfPartners = await host.own(openClient(host, MesServiceDefinition, toMes));
  const authenticate = createIdentity(config.identity, {
    shop: { getJwks: getJwks({ tokens }) },
    mes: keysOfPartners,
  });
  const server = createServer(host, config.grpc, { authenticate, descriptors: descriptorSet });
  server.add(OrderEventsServiceDefinition, baton.handlers);
  server.add(ShopServiceDefinition, {
    signIn: signIn({ db, tokens, metrics }),
    getJwks: getJwks({ tokens }),
    listProducts: listProducts({ db, products }),
    browseCatalogue: browseCatalogue({ db, products }),
    getOrder: getOrder({ baton }),
    listOrders: listOrders({ baton }),
    watchOrder: watchOrder({ baton }),
    confirmOrder: confirmOrder({ crm }),
    repriceOrder: repriceOrder({ crm }),
    payOrder: payOrder({ cashier }),
    cancelOrder: cancelOrder({ baton, crm, mes }),
    confirmDelivery: confirmDelivery({ crm }),
  });
  return host.own(server.listen());
}
