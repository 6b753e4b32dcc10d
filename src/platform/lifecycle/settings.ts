import { integer, port, text, variable } from "../config";

/** The admin port's environment; the lifecycle reads it for every service. */
export const adminConfig = {
  host: variable("ADMIN_HOST", text, {
    default: "127.0.0.1",
    description: "the address that the admin port listens on",
  }),
  port: variable("ADMIN_PORT", port, {
    default: 0,
    description: "the admin port; 0 takes any free one and logs it",
  }),
  readinessPollMs: variable("READINESS_POLL_MS", integer(100, 60_000), {
    default: 2_000,
    description: "how often gRPC's health service asks whether the service is ready, in milliseconds",
  }),
};
