import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { requirements } from "../observability/requirements";
import { createMetrics } from "../platform/telemetry";
import { metricsCatalogue } from "./metrics-catalogue";
import { metricsDocument, type ForeignMetric } from "./metrics-document";

const path = "docs/metrics.md";

/** What prom-client has about the process, from a registry that really collects it. */
async function processMetrics(): Promise<ForeignMetric[]> {
  const { registry } = createMetrics({ processMetrics: true });
  const collected = await registry.getMetricsAsJSON();
  return collected.map(({ name, help, type }) => {
    const { labelNames = [] } = registry.getSingleMetric(name) as { labelNames?: string[] };
    return { name, help, type: String(type), labels: labelNames };
  });
}

/** `docs.js` writes what is made from code into docs/; `docs.js --check` fails when it is not what is there. */
async function main(): Promise<void> {
  const text = metricsDocument(metricsCatalogue, await processMetrics(), requirements);
  if (!process.argv.includes("--check")) return writeFileSync(path, text);
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  process.stderr.write(`${path} is not what the catalogue generates. Run: make docs\n`);
  process.exitCode = 1;
}

void main();
