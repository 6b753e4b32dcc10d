import type { GetPriceBookResponse } from "../../../gen/alexandrite/mes/v1/mes";
import type { Queryable } from "../../../platform/postgres";

type BookRow = {
  version: number;
  currency: string;
  machine_minor_per_hour: number;
  setup_minor: number;
  minimum_minor: number;
};
type MaterialRow = {
  code: string;
  name: string;
  density_kg_m3: number;
  rate_minor_per_kg: number;
  build_rate_mm3_per_hour: number;
};

/** A version of the price book, the newest by default. Versions are never changed once they are there. */
export async function readPriceBook(db: Queryable, version?: number): Promise<GetPriceBookResponse> {
  const book = await db.one<BookRow>(
    `SELECT version, currency, machine_minor_per_hour, setup_minor, minimum_minor FROM price_book
     WHERE version = coalesce($1, (SELECT max(version) FROM price_book WHERE valid_from <= clock_timestamp()))`,
    [version ?? null],
  );
  const materials = await db.query<MaterialRow>(
    `SELECT code, name, density_kg_m3, rate_minor_per_kg, build_rate_mm3_per_hour FROM material
     WHERE price_book_version = $1 ORDER BY rate_minor_per_kg, code`,
    [book.version],
  );
  const finishes = await db.query<{ code: string; name: string; rate_minor_per_dm2: number }>(
    "SELECT code, name, rate_minor_per_dm2 FROM finish WHERE price_book_version = $1 ORDER BY rate_minor_per_dm2, code",
    [book.version],
  );
  return {
    version: book.version,
    currency: book.currency,
    machineMinorPerHour: BigInt(book.machine_minor_per_hour),
    setupMinor: BigInt(book.setup_minor),
    minimumMinor: BigInt(book.minimum_minor),
    materials: materials.map((row) => ({
      code: row.code,
      name: row.name,
      densityKgM3: row.density_kg_m3,
      rateMinorPerKg: BigInt(row.rate_minor_per_kg),
      buildRateMm3PerHour: row.build_rate_mm3_per_hour,
    })),
    finishes: finishes.map(({ code, name, rate_minor_per_dm2 }) => ({
      code,
      name,
      rateMinorPerDm2: BigInt(rate_minor_per_dm2),
    })),
  };
}
