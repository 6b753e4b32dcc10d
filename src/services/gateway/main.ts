import { runService } from "../../platform/lifecycle";
import { loadGatewayConfig } from "./config";
import { startGateway } from "./gateway";

runService("gateway", loadGatewayConfig, startGateway);
