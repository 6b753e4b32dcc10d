import { type Baton, errors } from "../../../baton";
import { Holder, type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { AppError } from "../../../platform/errors";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import { extractTrace, runInScope, untraced, withSpan } from "../../../platform/telemetry";
import { pricingWaitSeconds } from "../metrics";
import { loadResult, priceOf } from "./result";

export type Completer = {
  /** Gives the end of a job to all orders that wait for it. May run anywhere, any number of times. */
  complete(jobId: string): Promise<void>;
  /** The same for all jobs that have ended: what a crash left undone. Returns how many orders moved. */
  completeAll(): Promise<number>;
};

type Waiting = {
  order_id: string;
  version: number;
  job_id: string;
  trace: Record<string, string>;
  result: unknown;
  price_book_version: number;
  waited: number;
};

const batch = 100;
const dayMs = 86_400_000;
const actor = { role: "service", id: Holder.HOLDER_MES.replace("HOLDER_", "").toLowerCase() };

/** Moves orders whose price is there, each in a transaction of its own and in the trace of the upload that asked. */
export function createCompleter(
  host: ServiceHost,
  { db, baton, priceValidDays }: { db: Database; baton: Baton; priceValidDays: number },
): Completer {
  const waited = host.metrics.histogram(pricingWaitSeconds).child({});

  async function moveOn(row: Waiting): Promise<void> {
    const result = loadResult(row.result);
    const validUntil = new Date(Date.now() + priceValidDays * dayMs);
    const change = ({ specification }: Order): Partial<Order> =>
      result.kind === "failed"
        ? { failure: result.failure, price: undefined }
        : {
            failure: undefined,
            price: priceOf(result, {
              quantity: specification?.quantity ?? 1,
              priceBookVersion: row.price_book_version,
              validUntil,
            }),
          };
    const to =
      result.kind === "priced" ? OrderStatus.ORDER_STATUS_PRICED : OrderStatus.ORDER_STATUS_PRICING_FAILED;
    await db.transaction(async (tx) => {
      await baton.moveIn(tx, {
        orderId: row.order_id,
        expectedVersion: row.version,
        from: [OrderStatus.ORDER_STATUS_MODEL_UPLOADED],
        to,
        actor,
        change,
      });
      await settle(tx, row);
    });
    waited.observe(row.waited);
  }

  async function complete(row: Waiting): Promise<boolean> {
    const attributes = { "order.id": row.order_id, "pricing.job.id": row.job_id };
    const inTrace = (): Promise<void> => withSpan("pricing.complete", { attributes }, () => moveOn(row));
    try {
      await runInScope(
        { fields: { order_id: row.order_id, job_id: row.job_id } },
        inTrace,
        extractTrace(row.trace),
      );
      return true;
    } catch (error) {
      // The order has moved on without this price: cancelled, or completed by somebody faster.
      if (!(error instanceof AppError) || !movedOn.has(error.reason)) throw error;
      await settle(db, row);
      return false;
    }
  }

  async function completeSome(where: string, values: unknown[]): Promise<number> {
    const rows = await untraced(() =>
      db.query<Waiting>(
        `SELECT a.order_id, a.version, a.job_id, a.trace, j.result, j.price_book_version,
           extract(epoch FROM clock_timestamp() - j.queued_at)::float8 AS waited
         FROM pricing_attachment a JOIN pricing_job j USING (job_id)
         WHERE a.done_at IS NULL AND j.state IN ('done', 'failed') ${where} LIMIT ${batch}`,
        values,
      ),
    );
    let moved = 0;
    for (const row of rows) if (await complete(row)) moved += 1;
    return moved;
  }

  return {
    complete: async (jobId) => void (await completeSome("AND a.job_id = $1", [jobId])),
    completeAll: () => completeSome("", []),
  };
}

const movedOn = new Set(
  [
    errors.versionMismatch({ orderId: "", expected: 0, actual: 0 }),
    errors.illegalTransition({ orderId: "", from: "", to: "" }),
    errors.notHolder({ orderId: "", holder: "", version: 0 }),
  ].map(({ reason }) => reason),
);

async function settle(db: Pick<Database, "execute">, { order_id, version }: Waiting): Promise<void> {
  await db.execute(
    "UPDATE pricing_attachment SET done_at = clock_timestamp() WHERE order_id = $1 AND version = $2 AND done_at IS NULL",
    [order_id, version],
  );
}
