import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scrapeTargets } from "../observability/prometheus";
import { parseInstance } from "./instances";
import type { ProcessSpec } from "./process-spec";
import type { Settings } from "./settings";

/** Where the addresses of the services are for Prometheus. */
export function targetsPath({ stateFolder }: Settings): string {
  return join(stateFolder, "prometheus-targets.json");
}

/** Writes what a Prometheus is to scrape, a target per process, where its `file_sd_configs` reads it: `prometheus-targets.json` in the state folder. */
export function writeTargets(settings: Settings, specs: ProcessSpec[]): void {
  const processes = specs.flatMap(({ name, ready }) =>
    ready.kind === "http"
      ? [{ service: parseInstance(name).service, instance: name, address: new URL(ready.url).host }]
      : [],
  );
  const path = targetsPath(settings);
  writeFileSync(`${path}.new`, scrapeTargets(processes));
  renameSync(`${path}.new`, path);
}
