import { randomUUID } from "node:crypto";
import type { OrderStatusChanged } from "../gen/alexandrite/events/v1/events";
import { type Actor, type Holder, type Order, OrderStatus } from "../gen/alexandrite/order/v1/order";
import { encodeEvent, orderStatusContentType, orderStatusTopic, shortHolder } from "../order";
import { enqueue } from "../platform/outbox";
import type { Transaction } from "../platform/postgres";
import { annotate, injectTrace } from "../platform/telemetry";
import { writeVersion } from "./rows";

export type Made = { actor: Actor; commandId?: string | undefined };

/**
 * Makes the next version of an order in the holder's database: row, event and outbox row in one transaction. Nothing here decides: whoever calls it
 * has locked the row and asked `decideMove`.
 */
export async function writeMove(
  tx: Transaction,
  self: Holder,
  before: Order | undefined,
  wanted: Order,
  { actor, commandId }: Made,
): Promise<Order> {
  // An order's dates rise with its versions, whatever the clocks of its holders say.
  const now = new Date(Math.max(Date.now(), (before?.updatedAt?.getTime() ?? 0) + 1));
  const order: Order = { ...wanted, updatedAt: now, createdAt: wanted.createdAt ?? now };
  const event: OrderStatusChanged = {
    eventId: randomUUID(),
    orderId: order.orderId,
    version: order.version,
    previousStatus: before?.status ?? OrderStatus.ORDER_STATUS_UNSPECIFIED,
    status: order.status,
    source: self,
    actor,
    occurredAt: now,
    order,
    commandId: commandId ?? "",
  };
  annotate({ order_id: order.orderId });
  const value = encodeEvent(event);
  const headers = {
    "event-id": event.eventId,
    source: shortHolder(self),
    "content-type": orderStatusContentType,
    ...injectTrace(),
  };
  await writeVersion(tx, { ...event, order }, { value, headers, origin: "local" });
  await enqueue(tx, { topic: orderStatusTopic, key: order.orderId, version: order.version, value, headers });
  return order;
}
