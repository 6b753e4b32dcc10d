import { identityConfig } from "../../identity";
import { orderStatusTopic } from "../../order";
import {
  addresses,
  type ConfigOf,
  defineConfig,
  flag,
  httpUrl,
  integer,
  text,
  variable,
} from "../../platform/config";
import { grpcClientTlsConfig, grpcServerConfig } from "../../platform/grpc";
import { kafkaConfig } from "../../platform/kafka";
import { postgresConfig } from "../../platform/postgres";

const shape = {
  postgres: postgresConfig,
  kafka: kafkaConfig,
  grpc: grpcServerConfig,
  tls: grpcClientTlsConfig,
  identity: identityConfig,
  crmAddresses: variable("CRM_ADDRESS", addresses, {
    default: "127.0.0.1:50052",
    description: "where CrmService listens, host:port, several separated by commas",
  }),
  mesAddresses: variable("MES_ADDRESS", addresses, {
    default: "127.0.0.1:50053",
    description: "where MesService listens, host:port, several separated by commas",
  }),
  orders: {
    topic: variable("ORDER_STATUS_TOPIC", text, {
      default: orderStatusTopic,
      description: "the topic that carries every move of every order",
    }),
    group: variable("ORDER_STATUS_GROUP", text, {
      default: "shop",
      description: "the consumer group of this database; all instances share it",
    }),
  },
  products: {
    baseUrl: variable("PRODUCTS_URL", httpUrl, {
      default: "http://127.0.0.1:8090",
      description: "where the product API answers",
    }),
    timeoutMs: variable("PRODUCTS_TIMEOUT_MS", integer(1), {
      default: 2_000,
      description: "how long an answer of the product API may take, in milliseconds",
    }),
  },
  catalogueRenewMs: variable("CATALOGUE_RENEW_MS", integer(1_000), {
    default: 600_000,
    description: "how often names and descriptions are taken over from the product API, in milliseconds",
  }),
  payments: {
    baseUrl: variable("PAYMENTS_URL", httpUrl, {
      default: "http://127.0.0.1:8091",
      description: "where the payment provider answers",
    }),
    timeoutMs: variable("PAYMENTS_TIMEOUT_MS", integer(1), {
      default: 4_000,
      description: "how long an answer of the payment provider may take, in milliseconds",
    }),
  },
  paymentPatienceMs: variable("PAYMENTS_PATIENCE_MS", integer(0), {
    default: 60_000,
    description: "how long a payment may stay authorised before Shop calls it off, in milliseconds",
  }),
  reconciliation: {
    everyMs: variable("RECONCILE_PAYMENTS_MS", integer(100), {
      default: 30_000,
      description: "how often orders are compared with the payment provider's ledger, in milliseconds",
    }),
    boundMs: variable("RECONCILE_BOUND_MS", integer(0), {
      default: 60_000,
      description:
        "how long a payment may disagree with its order before it counts and is repaired, in milliseconds",
    }),
    leaveMs: variable("RECONCILE_LEAVE_MS", integer(0), {
      default: 30_000,
      description: "how young an order or a ledger entry may be and still be left alone, in milliseconds",
    }),
  },
  demoAccounts: variable("DEMO_ACCOUNTS", flag, {
    default: true,
    description: "whether the accounts of the demonstration, whose password everybody knows, are made",
  }),
};

export const loadShopConfig = defineConfig(shape);
export type ShopConfig = ConfigOf<typeof shape>;
