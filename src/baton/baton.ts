import { type Holder, type Order, OrderStatus } from "../gen/alexandrite/order/v1/order";
import { holderToAsk, orderStatusTopic, shortHolder, shortStatus } from "../order";
import type { Kafka } from "../platform/kafka";
import type { ServiceHost } from "../platform/lifecycle";
import {
  startOutboxRelay,
  startVersionedConsumer,
  type StoredMessage,
  type VersionedConsumer,
} from "../platform/outbox";
import type { Database } from "../platform/postgres";
import { annotate, withSpan } from "../platform/telemetry";
import { startEventReconciler, startReconciler } from "../reconcile";
import { Arrivals } from "./arrivals";
import { createApplier, decodeMessage } from "./apply";
import { createEntryCounter } from "./entries";
import { createEventsHandlers } from "./events-service";
import { createExpiry, type ExpiryBounds } from "./expiry";
import { listOrders } from "./list";
import { createMover } from "./move";
import { fetchEvents, mustKnowAll, peerOf, type Peers } from "./peers";
import { readEvents, readOrder } from "./rows";
import { Sweep } from "./sweep";
import type { Baton, OnApplied, WithMove } from "./types";
import { watchOrder } from "./watch";
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
  /**
   * How long the topic may take before the sweep fetches, in milliseconds. Default 30,000: after a kill a consumer gets its partitions back only when its
   * session has lapsed, and what comes late is not lost.
   */
  sweepGraceMs?: number;
  /** After how long a disagreement counts as one, in milliseconds: an order that is behind its holder, an event that is not on the topic. Default 60,000. */
  disagreementMs?: number;
  /** How often the outbox is compared with the topic, in milliseconds; 0 switches it off. Default 60,000. */
  reconcileMs?: number;
  /** Longest that a command waits for its order to arrive, in milliseconds; its deadline usually ends it first. Default 30,000. */
  waitMs?: number;
  /** How often overdue orders are looked for, in milliseconds; 0 switches it off. Default 5,000. */
  expiryMs?: number;
  /** Other bounds than the lifecycle's, for statuses that end so long after they were entered. */
  expireAfterMs?: ExpiryBounds;
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
  const arrivals = new Arrivals(db);
  const mover = createMover({
    db,
    metrics: host.metrics,
    countEntry,
    self,
    topic,
    waitMs: options.waitMs ?? 30_000,
    arrivals,
  });
  const running: { close(): Promise<void> }[] = [];
  let consumer: VersionedConsumer | undefined;
  let started = false;
  host.readiness("orders", async () => {
    if (!started) throw new Error("The baton was opened and not started.");
  });

  async function fetchMissing(orderId: string): Promise<StoredMessage[]> {
    const order = await readOrder(db, orderId);
    const holder = holderToAsk(order);
    const peer = holder && peerOf(peers, holder);
    return peer ? fetchEvents(peer, orderId, order?.version ?? 0) : [];
  }

  async function startFollowing(): Promise<VersionedConsumer> {
    mustKnowAll(peers, self);
    const apply = createApplier({ self, metrics: host.metrics, countEntry, hooks, arrivals });
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
    const { sweepMs = 10_000, sweepGraceMs = 30_000, disagreementMs = 60_000 } = options;
    if (sweepMs > 0) {
      const bounds = { graceMs: sweepGraceMs, disagreementMs };
      const sweep = new Sweep(host, { db, self, peers, consumer, ...bounds });
      const round = async (_: unknown, signal: AbortSignal): Promise<null> => {
        await sweep.run(signal);
        return null;
      };
      const pass = (): void => sweep.pass();
      running.push(startReconciler(host, { db, subject: "orders", everyMs: sweepMs, round, pass }));
    }
    const { reconcileMs = 60_000 } = options;
    if (reconcileMs > 0) {
      const bounds = { everyMs: reconcileMs, boundMs: disagreementMs };
      running.push(startEventReconciler(host, { db, kafka, topic, ...bounds }));
    }
    const { expiryMs = 5_000, expireAfterMs = {}, withExpiry } = options;
    if (expiryMs > 0) {
      const expire = createExpiry(host, { db, self, mover, bounds: expireAfterMs, withExpiry });
      running.push(host.every("order-expiry", expiryMs, expire));
    }
    return consumer;
  }

  return {
    async get(orderId) {
      annotate({ order_id: orderId });
      return readOrder(db, orderId);
    },
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
      const { orderId, version } = created;
      const status = shortStatus(created.status);
      annotate({ order_id: orderId });
      // The first move, which no mover makes: it is traced and told as the others are.
      const attributes = { "order.id": orderId, "order.status": status, "order.version": version };
      await withSpan("order.move", { attributes }, () =>
        writeMove(tx, { self, topic }, undefined, created, made),
      );
      await countEntry(tx, created);
      tx.onCommit(() => {
        annotate({ order_status: status, order_version: String(version) });
        arrivals.tell(orderId);
      });
      return created;
    },
    ...mover,
    watch: (orderId, afterVersion, signal) => watchOrder(db, arrivals, orderId, afterVersion, signal),
    onApplied: (hook) => void hooks.push(hook),
    async start() {
      running.push(await startOutboxRelay(host, { db, kafka }));
      if (follow) consumer = await startFollowing();
      started = true;
    },
    async redeliver(deadLetterId) {
      if (!consumer) throw new Error("Only a started baton that follows the topic has dead letters.");
      return consumer.redeliver(deadLetterId);
    },
    handlers: createEventsHandlers(db),
    async close() {
      await arrivals.close();
      for (const each of running.reverse()) await each.close();
    },
  };
}
