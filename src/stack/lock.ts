import { readFile, rm, writeFile } from "node:fs/promises";
import { isAlive, startTimeOf } from "./proc";

/**
 * Takes a lock: a file that names its holder; one whose holder is gone counts for nothing. Returns the release. While
 * somebody else holds it, waits (telling `onWait` once), or returns early when `done` says there is nothing left to do.
 */
export async function takeLock(
  path: string,
  done: () => boolean = () => false,
  onWait: (holder: number) => void = () => {},
): Promise<() => Promise<void>> {
  const mine = `${process.pid} ${startTimeOf(process.pid) ?? 0}`;
  for (let waited = false; ; waited = true) {
    try {
      await writeFile(path, mine, { flag: "wx" });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (done()) return async () => {};
    const [pid = 0, startTime = 0] = (await readFile(path, "utf8").catch(() => "")).split(" ").map(Number);
    if (pid > 0 && !isAlive({ pid, startTime })) await rm(path, { force: true });
    else {
      if (!waited) onWait(pid);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
