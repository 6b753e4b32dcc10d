import { chmodSync, chownSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderAlertmanager, type AlertmanagerOptions } from "./render-config";

/**
 * Writes Alertmanager's files into `folder`, each whole or not at all, readable by the owner only. As root they are given to `owner`, whom a container
 * runs Alertmanager as; otherwise they stay ours.
 */
export function writeAlertmanager(
  folder: string,
  options: AlertmanagerOptions,
  owner?: { uid: number; gid: number },
): void {
  const own = (path: string): void => {
    if (owner && process.getuid?.() === 0) chownSync(path, owner.uid, owner.gid);
  };
  for (const path of [folder, join(folder, "data")]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    own(path);
  }
  for (const [name, text] of Object.entries(renderAlertmanager(options))) {
    const path = join(folder, name);
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    chmodSync(`${path}.new`, 0o600);
    own(`${path}.new`);
    renameSync(`${path}.new`, path);
  }
}
