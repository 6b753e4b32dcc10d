import { createHash, createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callers } from "./service-table";

/** What a local system is entered with. Passwords of databases and S3 are fixed: they open doors of 127.0.0.1 only. */
export const databasePassword = "alexandrite";
export const s3Credentials = { accessKeyId: "alexandrite", secretAccessKey: "alexandrite-secret" };

/** The key of each calling service, made once per state folder and readable by its owner only. */
export function serviceKeys(stateFolder: string): Record<string, string> {
  const path = join(stateFolder, "secrets.json");
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, string>) : {};
  const missing = callers.filter((name) => kept[name] === undefined);
  for (const name of missing) kept[name] = randomBytes(24).toString("base64url");
  if (missing.length > 0) {
    mkdirSync(stateFolder, { recursive: true });
    writeFileSync(path, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
  }
  return kept;
}

/** What every service knows of the others' keys: `name:sha256hex,…`. */
export function serviceKeyHashes(keys: Record<string, string>): string {
  return Object.entries(keys)
    .map(([name, key]) => `${name}:${createHash("sha256").update(key).digest("hex")}`)
    .join(",");
}

/** What opens the services' fault injection to drills. It follows from the services' keys: whoever may read those may do worse. */
export function faultInjectionKey(stateFolder: string): string {
  const keys = Object.values(serviceKeys(stateFolder)).sort().join(",");
  return createHmac("sha256", keys).update("fault injection").digest("base64url");
}

/** Whom the image's processes run as; who reads a container's secrets where root writes them. */
export const containerOwner = { uid: 65532, gid: 65532 };

/** Writes the keys where docker-compose.yml takes them from. */
export function writeComposeEnv(stateFolder: string): void {
  const keys = serviceKeys(stateFolder);
  const lines = Object.entries(keys).map(([name, key]) => `${name.toUpperCase()}_SERVICE_KEY=${key}`);
  // Containers run as whoever owns the keys of `make certs`; root gives them to the image's own user.
  const uid = process.getuid?.() ?? 0;
  const owner =
    uid === 0 ? `${containerOwner.uid}:${containerOwner.gid}` : `${uid}:${process.getgid?.() ?? uid}`;
  const hashes = `SERVICE_KEY_HASHES=${serviceKeyHashes(keys)}`;
  const text = [...lines, hashes, `CERTS_OWNER=${owner}`, ""].join("\n");
  writeFileSync(join(stateFolder, "compose.env"), text, { mode: 0o600 });
}
