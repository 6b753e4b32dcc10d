import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The file by which a KRaft node knows its folder; what `StorageTool format` writes, with fresh ids. */
export function metaProperties(): string {
  const id = (): string => `a${randomBytes(16).toString("base64url").slice(1)}`;
  return `version=1\nnode.id=1\ncluster.id=${id()}\ndirectory.id=${id()}\n`;
}

/** Makes `folder` a formatted log folder unless it is one; whole or not at all. */
export async function formatStorage(folder: string, bootstrapCheckpoint: string): Promise<void> {
  if (existsSync(join(folder, "meta.properties"))) return;
  const temporary = `${folder}.new`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  await copyFile(bootstrapCheckpoint, join(temporary, "bootstrap.checkpoint"));
  await writeFile(join(temporary, "meta.properties"), metaProperties());
  await mkdir(dirname(folder), { recursive: true });
  await rm(folder, { recursive: true, force: true });
  await rename(temporary, folder);
}
