import { identityConfig } from "../../identity";
import { addresses, type ConfigOf, defineConfig, variable } from "../../platform/config";
import { grpcClientTlsConfig, grpcServerConfig } from "../../platform/grpc";
import { kafkaConfig } from "../../platform/kafka";
import { postgresConfig } from "../../platform/postgres";

const shape = {
  postgres: postgresConfig,
  kafka: kafkaConfig,
  grpc: grpcServerConfig,
  tls: grpcClientTlsConfig,
  identity: identityConfig,
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
