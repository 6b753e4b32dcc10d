import { createHash } from "node:crypto";

/** A short digest of strings, in order. */
export function fingerprint(parts: string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}
