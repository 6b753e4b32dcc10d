export { openPricingAdmission, type PricingAdmission } from "./pricing-admission";
export {
  pricingAdmissionConfig,
  uploadAllowanceConfig,
  type PricingAdmissionConfig,
  type UploadAllowanceConfig,
} from "./settings";
export { openUploadAllowance, type TenantUpload, type UploadAllowance } from "./upload-allowance";
export { WaitEstimate } from "./wait-estimate";
