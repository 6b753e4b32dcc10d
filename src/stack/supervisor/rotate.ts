import { copyFileSync, statSync, truncateSync } from "node:fs";

/**
 * Keeps a log under `maxBytes`: its content moves to `<log>.1`, replacing the one there. The writer keeps its open file
 * (opened for appending), so that a line written between copy and truncation is lost.
 */
export function rotateLog(path: string, maxBytes: number): void {
  try {
    if (statSync(path).size < maxBytes) return;
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
