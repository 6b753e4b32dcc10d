import { type Holder, type Order, OrderStatus } from "../gen/alexandrite/order/v1/order";
import { holderToAsk, orderStatusTopic, shortHolder } from "../order";
import type { Kafka } from "../platform/kafka";
import type { ServiceHost } from "../platform/lifecycle";
import { startOutboxRelay, startVersionedConsumer, type StoredMessage } from "../platform/outbox";
import type { Database } from "../platform/postgres";
import { annotate } from "../platform/telemetry";
import { createApplier, decodeMessage } from "./apply";
import { createEntryCounter } from "./entries";
import { createEventsHandlers } from "./events-service";
import { createExpiry } from "./expiry";
import { listOrders } from "./list";
import { createMover } from "./move";
import { fetchEvents, peerOf, type Peers } from "./peers";
import { readEvents, readOrder } from "./rows";
import { createSweep } from "./sweep";
import type { Baton, OnApplied, WithMove } from "./types";
import { Hints, watchOrder } from "./watch";
import { writeMove } from "./write-move";

export type BatonOptions = {
  db: Database;
  kafka: Kafka;
  /** The service whose database this is. */
  self: Holder;
  peers: Peers;
  /** False for a second process on the same database: it moves orders, and leaves consuming, sweeping and expiring to the first. Default true. */
  follow?: boolean;
  /** Consumer group; the service's name in lower case by default. */
  group?: string;
  topic?: string;
  /** How often the sweep runs, in milliseconds; 0 switches it off. Default 10,000. */
  sweepMs?: number;
  /** How long the topic may take before the sweep fetches, in milliseconds. Default 5,000. */
  disagreementMs?: number;
  /** Longest that a command waits for its order to arrive, in milliseconds; its deadline usually ends it first. Default 30,000. */
  waitMs?: number;
  /** How often overdue orders are looked for, in milliseconds; 0 switches it off. Default 5,000. */
  expiryMs?: number;
  /** Throws when an overdue order may not end now. */
  withExpiry?: WithMove;
};

/**
 * Opens a service's orders. `batonMigrations` must be in the database. Nothing runs before `start`: add hooks first. Whoever opens it closes it; `host.own` does.
 */
export async function openBaton(host: ServiceHost, options: BatonOptions): Promise<Baton> {
  const { db, kafka, self, peers, follow = true, topic = orderStatusTopic } = options;
  const group = options.group ?? shortHolder(self).toLowerCase();
  const hooks: OnApplied[] = [];
  const countEntry = createEntryCounter(host.metrics);
  const hints = new Hints();
  const changed = ({ orderId }: Order): void => hints.tell(orderId);
  const mover = createMover({
    db,
    metrics: host.metrics,
    countEntry,
    self,
    topic,
    waitMs: options.waitMs ?? 30_000,
    onMoved: changed,
  });
  const running: { close(): Promise<void> }[] = [];

  async function fetchMissing(orderId: string): Promise<StoredMessage[]> {
    const order = await readOrder(db, orderId);
    const holder = holderToAsk(order);
    const peer = holder && peerOf(peers, holder);
    return peer ? fetchEvents(peer, orderId, order?.version ?? 0) : [];
  }

  async function startFollowing(): Promise<void> {
    const apply = createApplier({ self, metrics: host.metrics, countEntry, hooks, onApplied: changed });
    const consumer = await startVersionedConsumer(host, {
      db,
      kafka,
      topic,
      group,
      decode: decodeMessage,
      apply,
      fetchMissing,
    });
    running.push(consumer);
    const { sweepMs = 10_000, disagreementMs = 5_000, expiryMs = 5_000, withExpiry } = options;
    if (sweepMs > 0) {
      running.push(
        host.every(
          "order-sweep",
          sweepMs,
          createSweep(host, { db, self, peers, consumer, boundMs: disagreementMs }),
        ),
      );
    }
    if (expiryMs > 0)
      running.push(host.every("order-expiry", expiryMs, createExpiry(host, { db, self, mover, withExpiry })));
  }

  return {
    get: (orderId) => readOrder(db, orderId),
    list: (query) => listOrders(db, query),
    events: (orderId, afterVersion, limit) => readEvents(db, orderId, afterVersion, limit),
    async create(tx, order, made) {
      const at = new Date();
      const created: Order = {
        ...order,
        // One spelling everywhere: it is the key of the topic.
        orderId: order.orderId.toLowerCase(),
        version: 1,
        status: OrderStatus.ORDER_STATUS_CREATED,
        createdAt: at,
        updatedAt: at,
      };
      annotate({ order_id: created.orderId });
      await writeMove(tx, { self, topic }, undefined, created, made);
      await countEntry(tx, created);
      tx.onCommit(() => changed(created));
      return created;
    },
    ...mover,
    watch: (orderId, afterVersion, signal) => watchOrder(db, hints, orderId, afterVersion, signal),
    onApplied: (hook) => void hooks.push(hook),
    async start() {
      running.push(await startOutboxRelay(host, { db, kafka }));
      if (follow) await startFollowing();
    },
    handlers: createEventsHandlers(db),
    async close() {
      for (const each of running.reverse()) await each.close();
    },
  };
}
