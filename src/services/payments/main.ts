import { runService } from "../../platform/lifecycle";
import { loadPaymentsConfig } from "./config";
import { startPayments } from "./payments";

runService("payments", loadPaymentsConfig, startPayments);
