import { runService } from "../../platform/lifecycle";
import { loadPricingConfig } from "./config";
import { startPricing } from "./pricing";

runService("pricing", loadPricingConfig, startPricing);
