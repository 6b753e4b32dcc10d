import { randomUUID } from "node:crypto";
import type { OrderStatusChanged } from "../../../gen/alexandrite/events/v1/events";
import { Holder, Order, OrderStatus, OwnerKind } from "../../../gen/alexandrite/order/v1/order";
import { encodeEvent, holderOf, nextOrder } from "../../../order";
import type { Kafka } from "../../../platform/kafka";

type Stored = { version: number; value: Buffer; headers: Record<string, string> };

/** MES and CRM as far as orders go: they make them, move them on, and publish it. */
export type OtherHolders = {
  /** Brings a new order of `ownerId` to a status, the way real ones get there, and returns it. */
  bring(ownerId: string, to: OrderStatus, options?: BringOptions): Promise<Order>;
  /** Moves an order on in the name of whoever holds it, unless that is Shop. */
  move(order: Order, to: OrderStatus, commandId?: string): Promise<Order>;
  /** Learns of a move that Shop has made, so that the next can follow. */
  follow(order: Order): Promise<void>;
  /** Sends the last event of an order again. */
  repeat(orderId: string): Promise<void>;
  stored(orderId: string): readonly Stored[];
  latest(orderId: string): Order | undefined;
};

export type BringOptions = {
  ownerKind?: OwnerKind;
  totalMinor?: bigint;
  validUntil?: Date;
  /** The moves are made, but nobody hears of them. */
  silent?: boolean;
};

/** The road to each status that Shop has to do with. */
const road = [
  OrderStatus.ORDER_STATUS_CREATED,
  OrderStatus.ORDER_STATUS_MODEL_UPLOADED,
  OrderStatus.ORDER_STATUS_PRICED,
  OrderStatus.ORDER_STATUS_CONFIRMED,
];

export function createOtherHolders(kafka: Kafka, topic: string): OtherHolders {
  const events = new Map<string, Stored[]>();
  const orders = new Map<string, Order>();

  async function write(
    before: Order | undefined,
    order: Order,
    { silent = false, commandId = "" } = {},
  ): Promise<Order> {
    const source = before ? holderOf(before.status) : Holder.HOLDER_MES;
    if (source === undefined || source === Holder.HOLDER_SHOP) {
      throw new Error(`Order ${order.orderId} is held by ${source ?? "nobody"}.`);
    }
    const event: OrderStatusChanged = {
      eventId: randomUUID(),
      orderId: order.orderId,
      version: order.version,
      previousStatus: before?.status ?? OrderStatus.ORDER_STATUS_UNSPECIFIED,
      status: order.status,
      source,
      actor: { role: "service", id: source },
      occurredAt: order.updatedAt,
      order,
      commandId,
    };
    const headers = { "event-id": event.eventId, source, "content-type": "application/json" };
    const stored = { version: order.version, value: encodeEvent(event), headers };
    events.set(order.orderId, [...(events.get(order.orderId) ?? []), stored]);
    orders.set(order.orderId, order);
    if (!silent) await send(order.orderId, stored);
    return order;
  }

  async function send(orderId: string, { value, headers }: Stored): Promise<void> {
    await kafka.send({ topic, key: orderId, value, headers });
  }

  return {
    async bring(ownerId, to, options = {}) {
      const { ownerKind = OwnerKind.OWNER_KIND_CUSTOMER, totalMinor = 1_990n, silent = false } = options;
      const at = new Date();
      const validUntil = options.validUntil ?? new Date(at.getTime() + 3_600_000);
      const created = Order.fromPartial({
        orderId: randomUUID(),
        version: 1,
        status: OrderStatus.ORDER_STATUS_CREATED,
        owner: { kind: ownerKind, id: ownerId },
        specification: { material: "PLA", finish: "RAW", quantity: 1 },
        createdAt: at,
        updatedAt: at,
      });
      let order = await write(undefined, created, { silent });
      for (const status of road.slice(1, road.indexOf(to) + 1)) {
        const price = { totalMinor, unitMinor: totalMinor, currency: "EUR", validUntil };
        const priced = Order.fromPartial({ price }).price;
        const change = status === OrderStatus.ORDER_STATUS_PRICED ? { price: priced } : {};
        order = await write(order, nextOrder(order, { to: status, at: new Date(), change }), { silent });
      }
      return order;
    },
    move: (order, to, commandId = "") =>
      write(order, nextOrder(order, { to, at: new Date() }), { commandId }),
    async follow(order) {
      orders.set(order.orderId, order);
    },
    async repeat(orderId) {
      const last = events.get(orderId)?.at(-1);
      if (last) await send(orderId, last);
    },
    stored: (orderId) => events.get(orderId) ?? [],
    latest: (orderId) => orders.get(orderId),
  };
}
