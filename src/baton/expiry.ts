import { type Holder, Order } from "../gen/alexandrite/order/v1/order";
import { lifecycle, shortHolder, shortStatus, statuses } from "../order";
import { AppError } from "../platform/errors";
import type { ServiceHost } from "../platform/lifecycle";
import type { Database } from "../platform/postgres";
import { orderExpiredTotal } from "./metrics";
import type { Mover } from "./move";
import type { WithMove } from "./types";

type Options = {
  db: Database;
  self: Holder;
  mover: Mover;
  /** Throws when an order may not end now, in the transaction that would end it. */
  withExpiry?: WithMove | undefined;
};

const batch = 100;

/** Moves on what nobody moved in time, as the lifecycle says, for the statuses that `self` holds. */
export function createExpiry(
  host: ServiceHost,
  { db, self, mover, withExpiry }: Options,
): () => Promise<void> {
  const expired = host.metrics.counter(orderExpiredTotal);
  const rules = statuses.flatMap((from) => {
    const { holder, expiry } = lifecycle[from];
    return holder === self && expiry ? [{ from, expiry }] : [];
  });
  return async () => {
    for (const { from, expiry } of rules) {
      const overdue =
        expiry.since === "price"
          ? "price_valid_until < clock_timestamp()"
          : `updated_at < clock_timestamp() - interval '${expiry.afterMs} milliseconds'`;
      const rows = await db.query<{ snapshot: unknown }>(
        `SELECT snapshot FROM orders WHERE status = $1 AND ${overdue} ORDER BY updated_at LIMIT ${batch}`,
        [shortStatus(from)],
      );
      for (const order of rows.map(({ snapshot }) => Order.fromJSON(snapshot))) {
        try {
          await mover.move(
            {
              orderId: order.orderId,
              expectedVersion: order.version,
              from: [from],
              to: expiry.to,
              actor: { role: "service", id: shortHolder(self) },
              change: () =>
                shortStatus(expiry.to) === "CANCELLED"
                  ? {
                      failure: {
                        reason: expiry.reason,
                        message: `Nobody moved the order on from ${shortStatus(from)} in time`,
                      },
                    }
                  : {},
            },
            withExpiry,
          );
          expired.inc({ from: shortStatus(from), to: shortStatus(expiry.to) });
        } catch (error) {
          // Somebody was faster, or something still holds it: it is looked at again.
          if (!(error instanceof AppError) || error.category === "unavailable") throw error;
          host.log.debug(
            { order_id: order.orderId, reason: error.reason },
            "An overdue order was not moved on",
          );
        }
      }
    }
  };
}
