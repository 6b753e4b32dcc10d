import { runService } from "../../platform/lifecycle";
import { loadExporterConfig } from "./config";
import { startExporter } from "./exporter";

runService("exporter", loadExporterConfig, startExporter);
