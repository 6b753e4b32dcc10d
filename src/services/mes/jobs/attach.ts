import type { Order } from "../../../gen/alexandrite/order/v1/order";
import type { Transaction } from "../../../platform/postgres";
import { injectTrace } from "../../../platform/telemetry";
import { readPriceBook } from "../store/price-book";

/**
 * Lets an order wait for the price of its model: finds or makes the one job for this input and attaches the order to it. The caller has locked the order; the job's lock comes
 * second, here and everywhere. The trace of now is kept, and the order's PRICED goes on in it.
 */
export async function attach(tx: Transaction, order: Order): Promise<void> {
  const { model, specification } = order;
  if (!model || !specification)
    throw new Error(`Order ${order.orderId} has no model or no specification to price.`);
  const { version } = await readPriceBook(tx);
  const trace = JSON.stringify(injectTrace());
  const input = [
    model.sha256,
    model.format.replace("MODEL_FORMAT_", ""),
    model.unit.replace("LENGTH_UNIT_", ""),
    specification.material,
    specification.finish,
    version,
  ];
  await tx.execute(
    `INSERT INTO pricing_job (model_sha256, format, unit, material, finish, price_book_version, model_size_bytes, trace)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT ON CONSTRAINT pricing_job_input DO NOTHING`,
    [...input, model.sizeBytes.toString(), trace],
  );
  const { job_id } = await tx.one<{ job_id: string }>(
    `SELECT job_id FROM pricing_job WHERE model_sha256 = $1 AND format = $2 AND unit = $3 AND material = $4 AND finish = $5
     AND price_book_version = $6 FOR UPDATE`,
    input,
  );
  // Failures that may be chance are no answer for the next one who asks.
  await tx.execute(
    `UPDATE pricing_job SET state = 'queued', tries = 0, progress = 0, result = NULL, finished_at = NULL, queued_at = clock_timestamp()
     WHERE job_id = $1 AND state = 'failed' AND result #>> '{failure,reason}' = 'TRIES_EXHAUSTED'`,
    [job_id],
  );
  await tx.execute(
    "INSERT INTO pricing_attachment (order_id, version, job_id, trace) VALUES ($1, $2, $3, $4)",
    [order.orderId, order.version, job_id, trace],
  );
}

/** The order waits for no price any more: it was cancelled. What is calculated stays, for the next order of the same model. */
export async function detach(tx: Transaction, orderId: string): Promise<void> {
  await tx.execute(
    "UPDATE pricing_attachment SET done_at = clock_timestamp() WHERE order_id = $1 AND done_at IS NULL",
    [orderId],
  );
}
