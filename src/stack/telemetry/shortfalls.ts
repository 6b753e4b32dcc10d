import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What keeps a server of telemetry from running, by its name: `coming` = it is being fetched or built. */
export type Shortfall = { state: "coming" | "missing"; why: string };
export type Shortfalls = Record<string, Shortfall>;

const fileOf = (stateFolder: string): string => join(stateFolder, "telemetry.json");

export function readShortfalls(stateFolder: string): Shortfalls {
  const path = fileOf(stateFolder);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Shortfalls) : {};
}

/** Sets what is known of some servers; without a shortfall nothing keeps it. */
export function setShortfalls(stateFolder: string, changes: Record<string, Shortfall | undefined>): void {
  const after = Object.entries({ ...readShortfalls(stateFolder), ...changes }).filter(([, value]) => value);
  const path = fileOf(stateFolder);
  writeFileSync(`${path}.new`, `${JSON.stringify(Object.fromEntries(after), null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
