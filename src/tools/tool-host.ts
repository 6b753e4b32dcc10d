import { createHost, type HostControl } from "../platform/lifecycle";
import { createMetrics, openLog } from "../platform/telemetry";

/** A host for a command-line tool: its own log stays silent below errors, nothing listens. */
export function createToolHost(name: string): HostControl {
  const { log } = openLog({ service: name, instance: name, level: "error" });
  return createHost({ name, instance: name, log, metrics: createMetrics() });
}
