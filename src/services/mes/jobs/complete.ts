import type { Baton } from "../../../baton";
import { Holder, type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { isTransient } from "../../../platform/errors";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { Database, Transaction } from "../../../platform/postgres";
import { currentTraceId, extractTrace, runInScope, untraced, withSpan } from "../../../platform/telemetry";
import { modelToPriceSeconds, pricingCompletionFailuresTotal, pricingWaitSeconds } from "../metrics";
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
  model_size_bytes: number;
  waited: number;
  attached_at: Date;
};

const batch = 100;
const nil = "00000000-0000-0000-0000-000000000000";
const waitingOrders = (where: string): string =>
  `SELECT a.order_id, a.version, a.job_id, a.trace, a.attached_at, j.result, j.price_book_version, j.model_size_bytes,
     extract(epoch FROM clock_timestamp() - a.attached_at)::float8 AS waited
   FROM pricing_attachment a JOIN pricing_job j USING (job_id)
   WHERE a.done_at IS NULL AND j.state IN ('done', 'failed') AND (a.attached_at, a.order_id) > ($1, $2) ${where}
   ORDER BY a.attached_at, a.order_id LIMIT ${batch}`;
const dayMs = 86_400_000;
const actor = { role: "service", id: Holder.HOLDER_MES.replace("HOLDER_", "").toLowerCase() };

/** Moves orders whose price is there, each in a transaction of its own and in the trace of the upload that asked. */
export function createCompleter(
  host: ServiceHost,
  { db, baton, priceValidDays }: { db: Database; baton: Baton; priceValidDays: number },
): Completer {
  const waited = host.metrics.histogram(pricingWaitSeconds).child({});
  const failures = host.metrics.counter(pricingCompletionFailuresTotal).child({});
  const priced = host.metrics.histogram(modelToPriceSeconds);
  const sizes = { under_10mb: priced.child({ size: "under_10mb" }), over: priced.child({ size: "over" }) };

  /** False: somebody else has moved the order, or is at it. */
  async function moveOn(row: Waiting): Promise<boolean> {
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
    return db.transaction(async (tx) => {
      if (!(await stillWaits(tx, row))) return false;
      await baton.moveIn(tx, {
        orderId: row.order_id,
        expectedVersion: row.version,
        from: [OrderStatus.ORDER_STATUS_MODEL_UPLOADED],
        to,
        actor,
        change,
      });
      await settle(tx, row);
      tx.onCommit(() => {
        waited.observe(row.waited);
        if (result.kind === "priced") sizes[sizeOf(row)].observe(row.waited, currentTraceId());
      });
      return true;
    });
  }

  async function complete(row: Waiting): Promise<boolean> {
    const attributes = { "order.id": row.order_id, "pricing.job.id": row.job_id };
    const inTrace = (): Promise<boolean> =>
      withSpan("pricing.complete", { attributes }, async () => {
        const moved = await moveOn(row);
        // No call's line tells this move: nobody called for it.
        if (moved) host.log.info("an order's calculation has ended");
        return moved;
      });
    const fields = { order_id: row.order_id, job_id: row.job_id };
    try {
      return await runInScope({ fields }, inTrace, extractTrace(row.trace));
    } catch (error) {
      if (isTransient(error)) throw error;
      // One order's trouble must not hold up the others behind it.
      failures.inc();
      host.log.error({ err: error, ...fields }, "An order could not be moved on to its price");
      return false;
    }
  }

  /** Page by page, so that orders which fail and stay do not hide the ones behind them. */
  async function completeThose(where: string, values: unknown[]): Promise<number> {
    let moved = 0;
    let last = { attached_at: new Date(0), order_id: nil };
    for (;;) {
      const after = [last.attached_at, last.order_id];
      const rows = await untraced(() => db.query<Waiting>(waitingOrders(where), [...after, ...values]));
      for (const row of rows) if (await complete(row)) moved += 1;
      const end = rows.at(-1);
      if (!end || rows.length < batch) return moved;
      last = end;
    }
  }

  return {
    complete: async (jobId) => void (await completeThose("AND a.job_id = $3", [jobId])),
    completeAll: () => completeThose("", []),
  };
}

/** The promise about the time to a price is made of models under 10 MB. */
function sizeOf({ model_size_bytes }: Waiting): "under_10mb" | "over" {
  return model_size_bytes < 10_000_000 ? "under_10mb" : "over";
}

/** Locks the order, unless somebody else has it in hand: several processes complete at once. False also when it has moved on without this price. */
async function stillWaits(tx: Transaction, row: Waiting): Promise<boolean> {
  const order = await tx.maybeOne<{ version: number }>(
    "SELECT version FROM orders WHERE order_id = $1 FOR NO KEY UPDATE SKIP LOCKED",
    [row.order_id],
  );
  if (!order) return false;
  if (order.version !== row.version) await settle(tx, row);
  return order.version === row.version;
}

async function settle(tx: Transaction, { order_id, version }: Waiting): Promise<void> {
  await tx.execute(
    "UPDATE pricing_attachment SET done_at = clock_timestamp() WHERE order_id = $1 AND version = $2 AND done_at IS NULL",
    [order_id, version],
  );
}
