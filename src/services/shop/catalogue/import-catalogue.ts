import { AppError } from "../../../platform/errors";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import { importAgeMs, markImported, upsertItems } from "../store/catalogue";
import type { ProductApi } from "./product-api";

const pageSize = 500;

/**
 * Takes names and descriptions of all products over from the product API: at the first start of a database, tried again until it succeeds, and
 * once in `renewMs` from then on, by whichever instance comes first. Shop is not ready before the first import has ended.
 */
export function startCatalogueImport(
  host: ServiceHost,
  {
    db,
    products,
    renewMs,
    pollMs = 1_000,
  }: { db: Database; products: ProductApi; renewMs: number; pollMs?: number },
): void {
  let imported = false;
  host.readiness("catalogue", async () => {
    if (!imported && (await importAgeMs(db)) === undefined) {
      throw new AppError({
        category: "unavailable",
        reason: "CATALOGUE_EMPTY",
        message: "The catalogue has not been taken over from the product API yet.",
      });
    }
    imported = true;
  });
  host.every(
    "catalogue-import",
    pollMs,
    async (signal) => {
      const ageMs = await importAgeMs(db);
      if (ageMs !== undefined && ageMs < renewMs) return;
      let changed = 0;
      let after: string | undefined = "";
      while (after !== undefined && !signal.aborted) {
        const { items, nextAfter } = await products.page(after, pageSize);
        changed += await upsertItems(db, items);
        after = nextAfter;
      }
      if (signal.aborted) return;
      await markImported(db);
      if (changed > 0) host.log.info({ changed }, "the catalogue is taken over from the product API");
    },
    { maxBackoffMs: 10_000 },
  );
}
