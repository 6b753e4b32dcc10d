import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const digests = new Map<string, string>();

/** A digest of what is compiled into these folders of `dist`, so that `up` starts again what was built anew. */
export function codeDigest(root: string, folders: readonly string[]): string {
  const key = [root, ...folders].join("\n");
  const known = digests.get(key);
  if (known !== undefined) return known;
  const hash = createHash("sha256");
  for (const folder of folders) {
    const path = join(root, "dist", folder);
    if (!existsSync(path)) continue;
    const files = readdirSync(path, { recursive: true, encoding: "utf8" }).filter((file) =>
      /\.(js|html|css|sql|json)$/.test(file),
    );
    for (const file of files.sort()) hash.update(file).update(readFileSync(join(path, file)));
  }
  const digest = hash.digest("hex");
  digests.set(key, digest);
  return digest;
}
