import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { toDrillProfile } from "../drill-profile";
import type { Profile } from "./config";

/**
 * Writes the folders `rules` and `alerts` of `from` (the checkout's `prometheus`) into `to`, with the durations of the profile. What else was in the two
 * is gone afterwards; the order of the files stays.
 */
export async function writeRuleFiles(where: { from: string; to: string; profile: Profile }): Promise<void> {
  for (const folder of ["rules", "alerts"]) {
    const target = join(where.to, folder);
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    for (const file of await readdir(join(where.from, folder))) {
      if (!file.endsWith(".yml")) continue;
      const text = await readFile(join(where.from, folder, file), "utf8");
      await writeFile(join(target, file), where.profile === "drill" ? toDrillProfile(text) : text);
    }
  }
}
