import { type Order, OwnerKind } from "../../../gen/alexandrite/order/v1/order";
import { AppError } from "../../../platform/errors";
import type { Transaction } from "../../../platform/postgres";
import { injectTrace } from "../../../platform/telemetry";
import { mustBeOffered } from "../domain/specification";
import { readPriceBook } from "../store/price-book";
import { type JobResult, storeResult } from "./result";

/** Behind the owner's last queued job; level with the first of the queue for an owner that has none. So nobody's thousand jobs stand before another's one. */
const turnOf = (owner: string): string => `coalesce(
  (SELECT max(turn) + 1 FROM pricing_job WHERE state = 'queued' AND owner_id = ${owner}),
  (SELECT min(turn) FROM pricing_job WHERE state = 'queued'), 0)`;

/** Its owner's jobs are counted one after the other: two uploads at once would take the same turn. */
const lockTurns = "SELECT pg_advisory_xact_lock(hashtextextended($1, 5))";

/**
 * Lets an order wait for the price of its model: finds or makes the one job for this input and attaches the order to it. The caller has locked the order; the job's lock comes
 * second, here and everywhere. The trace of now is kept, and the order's PRICED goes on in it.
 */
export async function attach(tx: Transaction, order: Order): Promise<void> {
  const { model, specification } = order;
  if (!model || !specification)
    throw new Error(`Order ${order.orderId} has no model or no specification to price.`);
  const book = await readPriceBook(tx);
  const refused = refusalOf(() => mustBeOffered(specification, book));
  const trace = JSON.stringify(injectTrace());
  const owner = order.owner?.id ?? "";
  const kind = order.owner?.kind === OwnerKind.OWNER_KIND_PARTNER ? "PARTNER" : "CUSTOMER";
  const input = [
    model.sha256,
    model.format.replace("MODEL_FORMAT_", ""),
    model.unit.replace("LENGTH_UNIT_", ""),
    specification.material,
    specification.finish,
    book.version,
  ];
  await tx.execute(lockTurns, [owner]);
  await tx.execute(
    `INSERT INTO pricing_job (model_sha256, format, unit, material, finish, price_book_version, model_size_bytes, trace, owner_id, turn, state, result, owner_kind)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, ${turnOf("$9")}, $10, $11, $12) ON CONFLICT ON CONSTRAINT pricing_job_input DO NOTHING`,
    [
      ...input,
      model.sizeBytes.toString(),
      trace,
      owner,
      refused ? "failed" : "queued",
      refused ? storeResult(refused) : null,
      kind,
    ],
  );
  const { job_id } = await tx.one<{ job_id: string }>(
    `SELECT job_id FROM pricing_job WHERE model_sha256 = $1 AND format = $2 AND unit = $3 AND material = $4 AND finish = $5
     AND price_book_version = $6 FOR UPDATE`,
    input,
  );
  // Failures that may be chance are no answer for the next one who asks.
  await tx.execute(
    `UPDATE pricing_job SET state = 'queued', tries = 0, progress = 0, result = NULL, finished_at = NULL, queued_at = clock_timestamp(),
       trace = $2, owner_id = $3, owner_kind = $4, turn = ${turnOf("$3")}
     WHERE job_id = $1 AND (state = 'idle' OR (state = 'failed' AND result #>> '{failure,reason}' = 'TRIES_EXHAUSTED'))`,
    [job_id, trace, owner, kind],
  );
  // Whoever asks for what stands far back in another one's row waits no longer for it than for a job of their own.
  await tx.execute(
    `UPDATE pricing_job SET owner_id = $2, owner_kind = $3, turn = ${turnOf("$2")}
     WHERE job_id = $1 AND state = 'queued' AND owner_id <> $2 AND turn > ${turnOf("$2")}`,
    [job_id, owner, kind],
  );
  await tx.execute(
    "INSERT INTO pricing_attachment (order_id, version, job_id, trace) VALUES ($1, $2, $3, $4)",
    [order.orderId, order.version, job_id, trace],
  );
}

/** The order waits for no price any more: it was cancelled. A calculation that nobody waits for is not done, and its worker hears that it has lost it. */
export async function detach(tx: Transaction, orderId: string): Promise<void> {
  const detached = await tx.query<{ job_id: string }>(
    "UPDATE pricing_attachment SET done_at = clock_timestamp() WHERE order_id = $1 AND done_at IS NULL RETURNING job_id",
    [orderId],
  );
  for (const { job_id } of detached) {
    // Locked first, looked at after: an order that attaches meanwhile must be seen.
    await tx.execute("SELECT 1 FROM pricing_job WHERE job_id = $1 FOR UPDATE", [job_id]);
    await tx.execute(
      `UPDATE pricing_job SET state = 'idle', progress = 0, lease_until = NULL WHERE job_id = $1 AND state IN ('queued', 'running')
         AND NOT EXISTS (SELECT 1 FROM pricing_attachment a WHERE a.job_id = $1 AND a.done_at IS NULL)`,
      [job_id],
    );
  }
}

/** A price book may leave out what an older one had: no worker could price that, and asking again would not help. */
function refusalOf(check: () => void): JobResult | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { kind: "failed", failure: { reason: error.reason, message: error.message } };
  }
}
