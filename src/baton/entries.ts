import type { Order } from "../gen/alexandrite/order/v1/order";
import { shortStatus, statuses } from "../order";
import type { Transaction } from "../platform/postgres";
import type { Metrics } from "../platform/telemetry";
import { orderStatusEnteredTotal } from "./metrics";
import { hasBeenThere } from "./rows";

/** Counts each order once per status, when the transaction that brings it there has committed: an order that comes back is not another one. */
export type CountEntry = (tx: Transaction, order: Order) => Promise<void>;

export function createEntryCounter(metrics: Metrics): CountEntry {
  const entered = metrics.counter(orderStatusEnteredTotal);
  const slots = new Map(statuses.map((status) => [status, entered.child({ status: shortStatus(status) })]));
  return async (tx, order) => {
    if (await hasBeenThere(tx, order)) return;
    tx.onCommit(() => slots.get(order.status)?.inc());
  };
}
