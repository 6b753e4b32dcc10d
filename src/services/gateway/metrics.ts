import { defineMetric } from "../../platform/telemetry";

/** How many users have a series of their own at a time. */
export const namedUsers = 20;

/** Of each API the users and the others have a series. */
export const userRequestsTotal = defineMetric({
  name: "user_requests_total",
  kind: "counter",
  help: "Requests by the API behind the gateway (shop, crm, mes, operator) and by user: role:id of the 20 that ask most, anonymous, refused (bad credentials), other.",
  labels: ["api", "user"],
  maxSeries: 200,
});
