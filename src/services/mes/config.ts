import { identityConfig } from "../../identity";
import { orderStatusTopic } from "../../order";
import { addresses, type ConfigOf, defineConfig, flag, integer, text, variable } from "../../platform/config";
import { grpcClientTlsConfig, grpcServerConfig } from "../../platform/grpc";
import { kafkaConfig } from "../../platform/kafka";
import { postgresConfig } from "../../platform/postgres";
import { s3Config } from "../../platform/s3";
import { pricingAdmissionConfig, uploadAllowanceConfig } from "./admission";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One configuration for MES's three processes: they are one service on one database. */
const shape = {
  postgres: postgresConfig,
  kafka: kafkaConfig,
  s3: s3Config,
  grpc: grpcServerConfig,
  tls: grpcClientTlsConfig,
  identity: identityConfig,
  shopAddresses: variable("SHOP_ADDRESS", addresses, {
    default: "127.0.0.1:50051",
    description: "where ShopService listens, host:port, several separated by commas",
  }),
  crmAddresses: variable("CRM_ADDRESS", addresses, {
    default: "127.0.0.1:50052",
    description: "where CrmService listens, host:port, several separated by commas",
  }),
  orders: {
    topic: variable("ORDER_STATUS_TOPIC", text, {
      default: orderStatusTopic,
      description: "the topic that carries every move of every order",
    }),
    group: variable("ORDER_STATUS_GROUP", text, {
      default: "mes",
      description: "the consumer group of this database; all instances share it",
    }),
  },
  uploads: {
    ...uploadAllowanceConfig,
    folder: variable("UPLOAD_FOLDER", text, {
      default: join(tmpdir(), "alexandrite-uploads"),
      description: "a folder with room for the uploads under way; their files have no names",
    }),
    maxBytes: variable("MAX_MODEL_BYTES", integer(1, 200_000_000), {
      default: 200_000_000,
      description: "the largest model that may be uploaded, in bytes",
    }),
  },
  pricing: {
    ...pricingAdmissionConfig,
    leaseMs: variable("PRICING_LEASE_MS", integer(100), {
      default: 15_000,
      description: "how long a worker may be silent before its job is given to another, in milliseconds",
    }),
    maxTries: variable("PRICING_MAX_TRIES", integer(1, 100), {
      default: 5,
      description: "how many failures of a job that may be chance are endured",
    }),
    customerSharePercent: variable("PRICING_CUSTOMER_SHARE_PERCENT", integer(0, 100), {
      default: 25,
      description:
        "the share of all workers' slots that partners' jobs never take, in percent; one slot is always theirs",
    }),
    priceValidDays: variable("PRICE_VALID_DAYS", integer(1, 365), {
      default: 14,
      description: "how many days an offered price holds",
    }),
  },
  webhooks: {
    allowPrivate: variable("WEBHOOK_ALLOW_PRIVATE", flag, {
      default: false,
      description: "whether webhooks may point to private addresses, and to loopback without TLS: for tests",
    }),
    timeoutMs: variable("WEBHOOK_TIMEOUT_MS", integer(100, 60_000), {
      default: 10_000,
      description: "how long a partner's server may take to answer a webhook, in milliseconds",
    }),
    firstRetryMs: variable("WEBHOOK_FIRST_RETRY_MS", integer(1), {
      default: 5_000,
      description: "the wait before the second attempt, in milliseconds; it doubles with each, up to 6 hours",
    }),
    giveUpHours: variable("WEBHOOK_GIVE_UP_HOURS", integer(1, 720), {
      default: 72,
      description: "how long a delivery is tried, in hours",
    }),
  },
};

export const loadMesConfig = defineConfig(shape);
export type MesConfig = ConfigOf<typeof shape>;
