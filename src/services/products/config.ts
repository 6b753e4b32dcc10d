import { type ConfigOf, defineConfig, port, variable } from "../../platform/config";
import { httpServerConfig } from "../../platform/http";
import { postgresConfig } from "../../platform/postgres";

const shape = {
  postgres: postgresConfig,
  http: {
    ...httpServerConfig,
    port: variable("HTTP_PORT", port, {
      default: 8090,
      description: "the product API's port; 0 takes any free one",
    }),
  },
};

export const loadProductsConfig = defineConfig(shape);
export type ProductsConfig = ConfigOf<typeof shape>;
