import { openVersionedCache, type VersionedCache, withoutCache } from "../../platform/cache";
import type { ServiceHost } from "../../platform/lifecycle";
import type { Database } from "../../platform/postgres";
import type { CrmConfig } from "./config";
import { createLook } from "./store/changes";

/** CRM's cache of answers, checked against the database at each read; without one, every read asks the database itself. */
export function openCrmCache(
  host: ServiceHost,
  db: Database,
  { enabled, ...bounds }: Partial<CrmConfig["cache"]>,
): VersionedCache {
  return enabled ? openVersionedCache(host, { name: "crm", look: createLook(db), ...bounds }) : withoutCache;
}
