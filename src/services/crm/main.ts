import { runService } from "../../platform/lifecycle";
import { loadCrmConfig } from "./config";
import { startCrm } from "./crm";

runService("crm", loadCrmConfig, startCrm);
