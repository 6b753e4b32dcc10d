import { OrderStatusChanged, type StoredEvent } from "../../../../gen/alexandrite/events/v1/events";
import { Holder, Order, OwnerKind } from "../../../../gen/alexandrite/order/v1/order";
import { encodeEvent, statusOf } from "../../../../order";

/** A stored event as a service has it. `at` is epoch milliseconds. */
export function storedEvent(
  orderId: string,
  version: number,
  [previous, status]: [string, string],
  at: number,
  traceId: string,
): StoredEvent {
  const occurredAt = new Date(at);
  const order = Order.fromPartial({
    orderId,
    version,
    status: statusOf(status),
    owner: { kind: OwnerKind.OWNER_KIND_CUSTOMER, id: "anna" },
    createdAt: occurredAt,
    updatedAt: occurredAt,
  });
  const event = OrderStatusChanged.fromPartial({
    eventId: `00000000-0000-4000-8000-${String(version).padStart(12, "0")}`,
    orderId,
    version,
    ...(previous === "" ? {} : { previousStatus: statusOf(previous) }),
    status: statusOf(status),
    source: Holder.HOLDER_MES,
    actor: { role: "customer", id: "anna" },
    occurredAt,
    order,
  });
  return {
    version,
    value: encodeEvent(event),
    headers: { traceparent: `00-${traceId}-00000000000000aa-01` },
  };
}
