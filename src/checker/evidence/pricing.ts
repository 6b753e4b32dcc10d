import type { Queryable } from "../../platform/postgres";
import type { AttachmentRow, JobRow, PriceBook, PricingEvidence } from "./types";

/** Reads MES's jobs of pricing, who waits for them, and the price books. */
export async function readPricing(db: Queryable): Promise<PricingEvidence> {
  const jobs = await db.query<Omit<JobRow, "unitMinor"> & { unitMinor: number | null }>(
    `SELECT job_id AS "jobId", state, fence::text AS fence, price_book_version AS "bookVersion", material, finish,
       (result #>> '{unitPrice,totalMinor}')::float8 AS "unitMinor"
     FROM pricing_job ORDER BY queued_at, job_id`,
  );
  const attachments = await db.query<AttachmentRow>(
    `SELECT order_id AS "orderId", version, job_id AS "jobId", done_at IS NOT NULL AS "isDone"
     FROM pricing_attachment ORDER BY order_id, version`,
  );
  return {
    jobs: jobs.map((job) => ({ ...job, unitMinor: job.unitMinor ?? undefined })),
    attachments,
    books: await readBooks(db),
  };
}

async function readBooks(db: Queryable): Promise<Map<number, PriceBook>> {
  const books = await db.query<Omit<PriceBook, "materials" | "finishes">>(
    `SELECT version, currency, machine_minor_per_hour::float8 AS "machineMinorPerHour", setup_minor::float8 AS "setupMinor",
       minimum_minor::float8 AS "minimumMinor" FROM price_book`,
  );
  const materials = await db.query<{
    book: number;
    code: string;
    densityKgM3: number;
    rateMinorPerKg: number;
    buildRateMm3PerHour: number;
  }>(
    `SELECT price_book_version AS book, code, density_kg_m3 AS "densityKgM3", rate_minor_per_kg::float8 AS "rateMinorPerKg",
       build_rate_mm3_per_hour AS "buildRateMm3PerHour" FROM material`,
  );
  const finishes = await db.query<{ book: number; code: string; rate: number }>(
    "SELECT price_book_version AS book, code, rate_minor_per_dm2::float8 AS rate FROM finish",
  );
  return new Map(
    books.map((book) => [
      book.version,
      {
        ...book,
        materials: new Map(
          materials.filter((each) => each.book === book.version).map((each) => [each.code, each]),
        ),
        finishes: new Map(
          finishes.filter((each) => each.book === book.version).map(({ code, rate }) => [code, rate]),
        ),
      },
    ]),
  );
}
