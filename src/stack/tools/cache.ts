import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { takeLock } from "../lock";

/** Where downloaded and built tools live, by name and version; outside the checkout, shared by all of them. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env["ALEXANDRITE_CACHE"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "alexandrite");
}

/** The folder of a tool when it is there. */
export function cachedTool(name: string, version: string): string | undefined {
  const target = join(cacheFolder(), name, version);
  return existsSync(target) ? target : undefined;
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
  const release = await takeLock(`${target}.lock`, () => existsSync(target), onWait);
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
