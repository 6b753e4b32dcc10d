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

/** Environment of the bounds on what one customer or partner uploads. */
export const uploadAllowanceConfig = {
  atOnce: variable("UPLOADS_PER_TENANT", integer(0, 10_000), {
    default: 32,
    description: "uploads of one customer or partner at the same time, at one process; 0 for no bound",
  }),
  bytesPerDay: variable("UPLOAD_BYTES_PER_DAY", integer(0), {
    default: 20_000_000_000,
    description: "bytes of models that one customer or partner may upload in a day (UTC); 0 for no bound",
  }),
};

export type UploadAllowanceConfig = ConfigOf<typeof uploadAllowanceConfig>;
