import { identityConfig } from "../../identity";
import { addresses, type ConfigOf, defineConfig, integer, variable } from "../../platform/config";
import { grpcClientTlsConfig } from "../../platform/grpc";
import { httpServerConfig } from "../../platform/http";
import { opsConfig } from "./ops/config";

const upstream = (name: string, service: string, port: number) =>
  variable(name, addresses, {
    default: `127.0.0.1:${port}`,
    description: `where ${service} listens, host:port, several separated by commas`,
  });

const shape = {
  http: httpServerConfig,
  tls: grpcClientTlsConfig,
  identity: identityConfig,
  ops: opsConfig,
  shopAddresses: upstream("SHOP_ADDRESS", "ShopService", 50051),
  crmAddresses: upstream("CRM_ADDRESS", "CrmService", 50052),
  mesAddresses: upstream("MES_ADDRESS", "MesService", 50053),
  mesOperatorAddresses: upstream("MES_OPERATOR_ADDRESS", "MesOperatorService", 50054),
  maxModelBytes: variable("MAX_MODEL_BYTES", integer(1, 200_000_000), {
    default: 200_000_000,
    description: "the largest model that may be uploaded, in bytes",
  }),
  maxConcurrentProductLists: variable("MAX_CONCURRENT_PRODUCT_LISTS", integer(1, 10_000), {
    default: 200,
    description: "how many /product_list requests are answered at a time; the next ones are refused",
  }),
  rateLimit: {
    perSecond: variable("RATE_LIMIT_PER_SECOND", integer(0, 1_000_000), {
      default: 60,
      description: "requests per second that one caller may send in the long run; 0 for no bound",
    }),
    burst: variable("RATE_LIMIT_BURST", integer(1, 1_000_000), {
      default: 600,
      description: "requests that one caller may send at once after a pause",
    }),
  },
};

export const loadGatewayConfig = defineConfig(shape);
export type GatewayConfig = ConfigOf<typeof shape>;
