export { openPricingAdmission, type PricingAdmission } from "./pricing-admission";
export { pricingAdmissionConfig, type PricingAdmissionConfig } from "./settings";
export { WaitEstimate } from "./wait-estimate";
