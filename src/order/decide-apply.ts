import type { OrderStatusChanged } from "../gen/alexandrite/events/v1/events";
import { Holder, OrderStatus } from "../gen/alexandrite/order/v1/order";
import type { Standing } from "./decide-move";
import { statusName } from "./names";
import { firstHolder, firstStatus, holderOf, mayMove } from "./table";

/** How an event got into a database: moved here, from another service, or our own, which a restore from backup had lost. */
export type Origin = "local" | "applied" | "restored";

export type ApplyDecision =
  | { readonly outcome: "apply"; readonly origin: Exclude<Origin, "local"> }
  /** The same bytes are stored: nothing to do. */
  | { readonly outcome: "duplicate" }
  /** An earlier version is missing. */
  | { readonly outcome: "gap" }
  /** Two different events claim one version: somebody broke the rules. */
  | { readonly outcome: "fork"; readonly message: string }
  /** The table does not have this move, or its maker did not hold the order. */
  | { readonly outcome: "illegal"; readonly message: string };

type Change = Pick<OrderStatusChanged, "orderId" | "version" | "previousStatus" | "status" | "source">;

/**
 * What to do with an event that has arrived, whichever way it took. `row` is our own, locked; `isKnown` says whether the bytes stored under the event's
 * version are the event's own, and is asked only when there are some.
 */
export function decideApply(
  row: Standing | undefined,
  event: Change,
  self: Holder,
  isKnown: boolean,
): ApplyDecision {
  const version = row?.version ?? 0;
  if (event.version <= version) {
    if (isKnown) return { outcome: "duplicate" };
    return { outcome: "fork", message: `Version ${event.version} of order ${event.orderId} is stored with other bytes.` };
  }
  if (event.version > version + 1) return { outcome: "gap" };
  const fault = faultOf(row, event);
  if (fault !== undefined) {
    return { outcome: "illegal", message: `Version ${event.version} of order ${event.orderId} ${fault}.` };
  }
  return { outcome: "apply", origin: event.source === self ? "restored" : "applied" };
}

function faultOf(row: Standing | undefined, event: Change): string | undefined {
  const previous = row?.status ?? OrderStatus.ORDER_STATUS_UNSPECIFIED;
  const holder = row ? holderOf(row.status) : firstHolder;
  if (event.previousStatus !== previous)
    return `follows ${statusName(event.previousStatus)}, but the order is ${statusName(previous)}`;
  if (row ? !mayMove(row.status, event.status) : event.status !== firstStatus)
    return `makes it ${statusName(event.status)} after ${statusName(previous)}, which the table does not have`;
  if (event.source !== holder) return `was made by ${event.source}, which does not hold it`;
  return undefined;
}
