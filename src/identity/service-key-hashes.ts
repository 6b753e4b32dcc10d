import { z } from "zod";

/** `name:sha256hex,…` as a map from name to hash. */
export const serviceKeyHashes = z.string().transform((value, context) => {
  const hashes = new Map<string, string>();
  for (const pair of value.split(",").map((each) => each.trim())) {
    const [name, hash, ...rest] = pair.split(":");
    if (!name || rest.length > 0 || hash === undefined || !/^[0-9a-f]{64}$/.test(hash)) {
      context.addIssue({ code: "custom", message: "must be name:sha256hex, separated by commas" });
      return z.NEVER;
    }
    hashes.set(name, hash);
  }
  return hashes;
});
