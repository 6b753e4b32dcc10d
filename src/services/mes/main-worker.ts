import { runService } from "../../platform/lifecycle";
import { loadMesConfig } from "./config";
import { startMesWorker } from "./mes-worker";

runService("mes-worker", loadMesConfig, startMesWorker);
