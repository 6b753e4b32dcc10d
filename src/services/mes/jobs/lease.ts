import type { JobLease } from "../../../gen/alexandrite/mes/v1/mes_worker";
import { lengthUnitFromJSON, modelFormatFromJSON } from "../../../gen/alexandrite/order/v1/order";
import type { Queryable } from "../../../platform/postgres";
import { readPriceBook } from "../store/price-book";
import type { ClaimedJob } from "./queue";

/** What a worker is told of a job: the model, and the part of the price book it needs. */
export async function leaseOf(db: Queryable, job: ClaimedJob, leaseMs: number): Promise<JobLease> {
  const book = await readPriceBook(db, job.price_book_version);
  return {
    jobId: job.job_id,
    fence: BigInt(job.fence),
    modelSha256: job.model_sha256,
    modelSizeBytes: BigInt(job.model_size_bytes),
    format: modelFormatFromJSON(`MODEL_FORMAT_${job.format}`),
    unit: lengthUnitFromJSON(`LENGTH_UNIT_${job.unit}`),
    material: book.materials.find(({ code }) => code === job.material),
    finish: book.finishes.find(({ code }) => code === job.finish),
    machineMinorPerHour: book.machineMinorPerHour,
    setupMinor: book.setupMinor,
    minimumMinor: book.minimumMinor,
    currency: book.currency,
    traceContext: job.trace,
    leaseMs,
  };
}
