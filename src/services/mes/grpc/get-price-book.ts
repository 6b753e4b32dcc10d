import type { MesServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes";
import type { Handlers } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { readPriceBook } from "../store/price-book";

export function getPriceBook({
  db,
}: {
  db: Database;
}): Handlers<typeof MesServiceDefinition>["getPriceBook"] {
  return async () => readPriceBook(db);
}
