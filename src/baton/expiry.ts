import { type Holder, Order, OrderStatus } from "../gen/alexandrite/order/v1/order";
import { type Expiry, lifecycle, shortHolder, shortStatus, statuses } from "../order";
import { AppError } from "../platform/errors";
import type { ServiceHost } from "../platform/lifecycle";
import type { Database } from "../platform/postgres";
import { orderExpiredTotal } from "./metrics";
import type { Mover } from "./move";
import type { WithMove } from "./types";

/** Other bounds than the lifecycle's, in milliseconds since the order got to the status. */
export type ExpiryBounds = { readonly [S in OrderStatus]?: number };

type Options = {
  db: Database;
  self: Holder;
  mover: Mover;
  bounds: ExpiryBounds;
  /** Throws when an order may not end now, in the transaction that would end it. */
  withExpiry?: WithMove | undefined;
};

type Overdue = { snapshot: unknown; due: Date; order_id: string };

const batch = 100;

/** Moves on what nobody moved in time, as the lifecycle says, for the statuses that `self` holds. */
export function createExpiry(
  host: ServiceHost,
  { db, self, mover, bounds, withExpiry }: Options,
): (signal: AbortSignal) => Promise<void> {
  const expired = host.metrics.counter(orderExpiredTotal);
  const actor = { role: "service", id: shortHolder(self).toLowerCase() };
  const rules = statuses.flatMap((from) => {
    const { holder, expiry } = lifecycle[from];
    return holder === self && expiry ? [{ from, expiry }] : [];
  });
  for (const { from, expiry } of rules)
    expired.child({ from: shortStatus(from), to: shortStatus(expiry.to) });

  async function expire(order: Order, { to, reason }: Expiry): Promise<void> {
    const from = shortStatus(order.status);
    const message = `Nobody moved the order on from ${from} in time`;
    const failure = to === OrderStatus.ORDER_STATUS_CANCELLED ? { failure: { reason, message } } : {};
    try {
      const { orderId, version: expectedVersion } = order;
      await mover.move({ orderId, expectedVersion, to, actor, change: () => failure }, withExpiry);
      expired.inc({ from, to: shortStatus(to) });
      host.log.info({ order_id: orderId, from, to: shortStatus(to) }, "an order expired");
    } catch (error) {
      // Somebody was faster, or something still keeps it: it is looked at again.
      if (!(error instanceof AppError) || error.category === "unavailable") throw error;
      host.log.debug({ order_id: order.orderId, reason: error.reason }, "an overdue order stays");
    }
  }

  return async (signal) => {
    for (const { from, expiry } of rules) {
      const [column, afterMs] =
        expiry.since === "price" ? ["price_valid_until", 0] : ["updated_at", bounds[from] ?? expiry.afterMs];
      // Beyond those that were looked at: what something keeps must not stand before the others.
      let beyond: Pick<Overdue, "due" | "order_id"> | undefined = { due: new Date(0), order_id: nilUuid };
      while (beyond && !signal.aborted) {
        const rows: Overdue[] = await db.query<Overdue>(
          `SELECT snapshot, ${column} AS due, order_id FROM orders
           WHERE status = $1 AND ${column} < clock_timestamp() - $2 * interval '1 millisecond' AND (${column}, order_id) > ($3, $4)
           ORDER BY ${column}, order_id LIMIT ${batch}`,
          [shortStatus(from), afterMs, beyond.due, beyond.order_id],
        );
        for (const { snapshot } of rows) await expire(Order.fromJSON(snapshot), expiry);
        beyond = rows.length === batch ? rows.at(-1) : undefined;
      }
    }
  };
}

const nilUuid = "00000000-0000-0000-0000-000000000000";
