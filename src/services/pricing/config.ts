import { addresses, type ConfigOf, defineConfig, integer, text, variable } from "../../platform/config";
import { grpcClientTlsConfig } from "../../platform/grpc";
import { s3Config } from "../../platform/s3";

const shape = {
  s3: s3Config,
  tls: grpcClientTlsConfig,
  serviceKey: variable("SERVICE_KEY", text, {
    secret: true,
    description: "the key this process shows to MES, for example from `openssl rand -hex 32`",
  }),
  mesWorkerAddresses: variable("MES_WORKER_ADDRESS", addresses, {
    default: "127.0.0.1:50055",
    description: "where MesWorkerService listens, host:port, several separated by commas",
  }),
  slots: variable("PRICING_SLOTS", integer(1, 64), {
    default: 1,
    description: "how many models are priced at a time, each in a process of its own",
  }),
  limits: {
    memoryMb: variable("PRICING_MEMORY_MB", integer(64), {
      default: 1_200,
      description: "the memory that one calculation may take, in megabytes",
    }),
    stallMs: variable("PRICING_STALL_MS", integer(100), {
      default: 60_000,
      description: "how long a calculation may make no progress, in milliseconds",
    }),
    totalMs: variable("PRICING_TOTAL_MS", integer(1_000), {
      default: 3_600_000,
      description: "how long a calculation may take, in milliseconds",
    }),
  },
};

export const loadPricingConfig = defineConfig(shape);
export type PricingConfig = ConfigOf<typeof shape>;
