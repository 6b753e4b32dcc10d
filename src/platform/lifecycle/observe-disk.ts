import { readFile } from "node:fs/promises";
import type { Metrics } from "../telemetry";
import { processDiskRead, processDiskWritten } from "./metrics";

/** Tells at each collection what this process has read from disks and written to them; nothing where the system does not say (only Linux does). */
export function observeDisk(metrics: Metrics, path = "/proc/self/io"): void {
  const read = metrics.counter(processDiskRead).child({});
  const written = metrics.counter(processDiskWritten).child({});
  metrics.onCollect(async () => {
    const text = await readFile(path, "utf8").catch(() => "");
    read.value = numberIn(text, "read_bytes") ?? read.value;
    written.value = numberIn(text, "write_bytes") ?? written.value;
  });
}

function numberIn(text: string, name: string): number | undefined {
  const [, digits] = new RegExp(`^${name}: (\\d+)$`, "m").exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
