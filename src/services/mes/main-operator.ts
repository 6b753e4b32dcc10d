import { runService } from "../../platform/lifecycle";
import { loadMesConfig } from "./config";
import { startMesOperator } from "./mes-operator";

runService("mes-operator", loadMesConfig, startMesOperator);
