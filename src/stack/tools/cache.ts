import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { isAlive, startTimeOf } from "../proc";

/** Where downloaded and built tools live, by name and version; outside the checkout, shared by all of them. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env["ALEXANDRITE_CACHE"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "alexandrite");
}

/**
 * The folder of a tool, built by `build` into a temporary folder and moved into place when it is whole. Of several
 * runs at once one builds and the others wait; should two build all the same, the first to finish wins.
 */
export async function ensureTool(
  name: string,
  version: string,
  build: (folder: string) => Promise<void>,
  onWait: (holder: number) => void = () => {},
): Promise<string> {
  const target = join(cacheFolder(), name, version);
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const release = await lock(`${target}.lock`, () => existsSync(target), onWait);
  const temporary = `${target}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    if (existsSync(target)) return target;
    await mkdir(temporary, { recursive: true });
    await build(temporary);
    await rename(temporary, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
    return target;
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await release();
  }
}

/** A lock file naming its holder; one whose holder is gone counts for nothing. Returns early once `done` says so. */
async function lock(
  path: string,
  done: () => boolean,
  onWait: (holder: number) => void,
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
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
