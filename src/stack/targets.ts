import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseInstance } from "./instances";
import type { ProcessSpec } from "./process-spec";
import type { Settings } from "./settings";

/** Writes what a Prometheus is to scrape, a target per process, where its `file_sd_configs` may read it: `prometheus-targets.json` in the state folder. */
export function writeTargets({ stateFolder }: Settings, specs: ProcessSpec[]): void {
  const targets = specs.flatMap(({ name, ready }) =>
    ready.kind === "http"
      ? [{ targets: [new URL(ready.url).host], labels: { service: parseInstance(name).service } }]
      : [],
  );
  const path = join(stateFolder, "prometheus-targets.json");
  writeFileSync(`${path}.new`, `${JSON.stringify(targets, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
