import { type ConfigOf, integer, variable } from "../../../platform/config";

/** Environment of the bound on the queue of calculations. */
export const pricingAdmissionConfig = {
  partnerWaitS: variable("PRICING_PARTNER_WAIT_S", integer(1), {
    default: 1_800,
    description:
      "a partner's new order is refused while a calculation would wait longer by estimate, in seconds",
  }),
  customerWaitS: variable("PRICING_CUSTOMER_WAIT_S", integer(1), {
    default: 7_200,
    description: "the same for the shop's customers, and for uploads to orders that were accepted",
  }),
};

export type PricingAdmissionConfig = ConfigOf<typeof pricingAdmissionConfig>;
