import { randomUUID } from "node:crypto";
import { type Baton, openBaton } from "../../baton";
import { Holder, Order, OrderStatus } from "../../gen/alexandrite/order/v1/order";
import type { Kafka } from "../../platform/kafka";
import type { ServiceHost } from "../../platform/lifecycle";
import type { Database } from "../../platform/postgres";

/** MES as far as orders go: its baton with its relay, and orders that it can move for ever without anybody else. */
export type MesOrders = {
  readonly baton: Baton;
  /** Makes orders; their ids. `about` is told of each before it is made. */
  create(count: number, about?: (orderId: string) => void): Promise<string[]>;
  /** Moves an order on: uploaded, failed, uploaded again ... */
  move(orderId: string): Promise<void>;
};

const actor = { role: "service", id: "bench" };

/** The relay runs as in the service; nothing is consumed. `host.own` closes it. */
export async function openMesOrders(
  host: ServiceHost,
  { db, kafka, topic }: { db: Database; kafka: Kafka; topic: string },
): Promise<MesOrders> {
  const self = Holder.HOLDER_MES;
  const baton = await host.own(openBaton(host, { db, kafka, self, topic, peers: {}, follow: false }));
  await baton.start();
  const known = new Map<string, { version: number; status: OrderStatus }>();
  return {
    baton,
    async create(count, about) {
      const ids = Array.from({ length: count }, () => randomUUID());
      for (const orderId of ids) {
        about?.(orderId);
        const order = Order.fromPartial({
          orderId,
          owner: { id: "customer-1" },
          specification: { material: "PLA", finish: "RAW", quantity: 1 },
        });
        known.set(orderId, await db.transaction((tx) => baton.create(tx, order, { actor })));
      }
      return ids;
    },
    async move(orderId) {
      const { version, status } = known.get(orderId)!;
      const uploaded = status === OrderStatus.ORDER_STATUS_MODEL_UPLOADED;
      const to = uploaded ? OrderStatus.ORDER_STATUS_PRICING_FAILED : OrderStatus.ORDER_STATUS_MODEL_UPLOADED;
      known.set(orderId, await baton.move({ orderId, to, actor, expectedVersion: version }));
    },
  };
}
