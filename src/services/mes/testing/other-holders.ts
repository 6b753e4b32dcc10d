import { randomUUID } from "node:crypto";
import type { OrderStatusChanged } from "../../../gen/alexandrite/events/v1/events";
import { Holder, type Order, type OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { encodeEvent, holderOf, nextOrder, orderStatusContentType } from "../../../order";
import type { Kafka } from "../../../platform/kafka";

type Stored = { version: number; value: Buffer; headers: Record<string, string> };

/** CRM and Shop as far as orders go: they move on what MES has handed over, and publish it. */
export type OtherHolders = {
  /** Moves an order on in the name of whoever holds it, unless that is MES. */
  move(order: Order, to: OrderStatus, change?: Partial<Order>): Promise<Order>;
  stored(orderId: string): readonly Stored[];
};

export function createOtherHolders(kafka: Kafka, topic: string): OtherHolders {
  const events = new Map<string, Stored[]>();
  return {
    async move(before, to, change = {}) {
      const source = holderOf(before.status);
      if (source === undefined || source === Holder.HOLDER_MES) {
        throw new Error(`Order ${before.orderId} is held by ${source ?? "nobody"}.`);
      }
      const order = nextOrder(before, { to, at: new Date(), change });
      const event: OrderStatusChanged = {
        eventId: randomUUID(),
        orderId: order.orderId,
        version: order.version,
        previousStatus: before.status,
        status: to,
        source,
        actor: { role: "service", id: source },
        occurredAt: order.updatedAt,
        order,
        commandId: "",
      };
      const headers = { "event-id": event.eventId, source, "content-type": orderStatusContentType };
      const stored = { version: order.version, value: encodeEvent(event), headers };
      events.set(order.orderId, [...(events.get(order.orderId) ?? []), stored]);
      await kafka.send({ topic, key: order.orderId, value: stored.value, headers });
      return order;
    },
    stored: (orderId) => events.get(orderId) ?? [],
  };
}
