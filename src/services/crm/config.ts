import { identityConfig } from "../../identity";
import { addresses, type ConfigOf, defineConfig, flag, integer, variable } from "../../platform/config";
import { grpcClientTlsConfig, grpcServerConfig } from "../../platform/grpc";
import { kafkaConfig } from "../../platform/kafka";
import { postgresConfig } from "../../platform/postgres";

const shape = {
  postgres: postgresConfig,
  kafka: kafkaConfig,
  grpc: grpcServerConfig,
  tls: grpcClientTlsConfig,
  identity: identityConfig,
  cache: {
    enabled: variable("CRM_CACHE", flag, {
      default: true,
      description: "keep lists and orders in memory, checked against the database at each read",
    }),
    maxEntries: variable("CRM_CACHE_MAX_ENTRIES", integer(1, 1_000_000), {
      default: 5_000,
      description: "how many answers are kept at most",
    }),
    maxBytes: variable("CRM_CACHE_MAX_BYTES", integer(1_024), {
      default: 33_554_432,
      description:
        "how much is kept at most, in bytes of encoded answers; in memory they take several times as much",
    }),
  },
  shopAddresses: variable("SHOP_ADDRESS", addresses, {
    default: "127.0.0.1:50051",
    description: "where ShopService listens, host:port, several separated by commas",
  }),
  mesAddresses: variable("MES_ADDRESS", addresses, {
    default: "127.0.0.1:50053",
    description: "where MesService listens, host:port, several separated by commas",
  }),
};

export const loadCrmConfig = defineConfig(shape);
export type CrmConfig = ConfigOf<typeof shape>;
