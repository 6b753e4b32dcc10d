import { type ConfigOf, defineConfig, integer, port, variable } from "../../platform/config";
import { httpServerConfig } from "../../platform/http";
import { postgresConfig } from "../../platform/postgres";

const shape = {
  postgres: postgresConfig,
  http: {
    ...httpServerConfig,
    port: variable("HTTP_PORT", port, {
      default: 8091,
      description: "the payment provider's port; 0 takes any free one",
    }),
  },
  holdMs: variable("PAYMENTS_HOLD_MS", integer(0, 300_000), {
    default: 30_000,
    description: "how long the test cards that time out hold their answer back, in milliseconds",
  }),
  lateCaptureMs: variable("PAYMENTS_LATE_CAPTURE_MS", integer(0, 600_000), {
    default: 20_000,
    description: "how long the test card that is captured late stays authorised, in milliseconds",
  }),
};

export const loadPaymentsConfig = defineConfig(shape);
export type PaymentsConfig = ConfigOf<typeof shape>;
