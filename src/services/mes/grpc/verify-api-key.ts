import type { MesServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes";
import type { Handlers } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { partnerOf } from "../store/partners";

export function verifyApiKey({
  db,
}: {
  db: Database;
}): Handlers<typeof MesServiceDefinition>["verifyApiKey"] {
  return async ({ apiKey }) => partnerOf(db, apiKey);
}
