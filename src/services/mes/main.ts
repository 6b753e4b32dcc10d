import { runService } from "../../platform/lifecycle";
import { loadMesConfig } from "./config";
import { startMes } from "./mes";

runService("mes", loadMesConfig, startMes);
