import { Holder, type OrderStatus } from "../gen/alexandrite/order/v1/order";
import type { OrderVersion } from "../gen/alexandrite/events/v1/events";
import { holderOf, statusOf } from "../order";
import type { VersionedConsumer } from "../platform/outbox";
import type { ServiceHost } from "../platform/lifecycle";
import type { Database } from "../platform/postgres";
import { annotate } from "../platform/telemetry";
import { orderDisagreements, orderSweepRepairsTotal } from "./metrics";
import { fetchEvents, peerOf, type Peers } from "./peers";

type Options = {
  db: Database;
  self: Holder;
  peers: Peers;
  consumer: Pick<VersionedConsumer, "applyFetched">;
  /** How long the topic may take before a difference counts as a disagreement, in milliseconds. */
  boundMs: number;
};

/** As many orders as one question holds, and as many questions as one sweep asks of each kind: the next sweep goes on where this one stopped. */
const batch = 500;
const batchesPerSweep = 4;
/** Orders this young are looked for at MES even when they should be known by now, in milliseconds. */
const overlapMs = 600_000;

/**
 * Asks the holders of all open orders whether they are ahead, and MES for orders that are unknown here, and fetches what the topic did not bring. A lost last event
 * shows no gap: without this it would stay lost. It also hides faults, so each repair is counted, and above zero outside a drill somebody should know.
 */
export function createSweep(
  host: ServiceHost,
  { db, self, peers, consumer, boundMs }: Options,
): () => Promise<void> {
  const repairs = host.metrics.counter(orderSweepRepairsTotal).child({});
  const disagreements = host.metrics.gauge(orderDisagreements).child({});
  /** Orders seen behind their holder, and since when. */
  const behind = new Map<string, number>();
  let cursor = "00000000-0000-0000-0000-000000000000";
  let newSince = new Date(0);
  let newToken = "";

  async function compare(
    mine: ReadonlyMap<string, number>,
    theirs: readonly OrderVersion[],
    from: Holder,
  ): Promise<void> {
    const peer = peerOf(peers, from);
    for (const { orderId, version } of theirs) {
      const known = mine.get(orderId) ?? 0;
      if (version <= known) {
        behind.delete(orderId);
        continue;
      }
      const since = behind.get(orderId) ?? Date.now();
      behind.set(orderId, since);
      if (!peer || Date.now() - since < boundMs) continue;
      annotate({ order_id: orderId });
      const { applied } = await consumer.applyFetched(orderId, await fetchEvents(peer, orderId, known));
      repairs.inc(applied);
      if (applied > 0) {
        behind.delete(orderId);
        host.log.warn(
          { order_id: orderId, from, applied },
          "The sweep repaired an order that the topic left behind",
        );
      }
    }
  }

  async function sweepKnown(): Promise<void> {
    for (let round = 0; round < batchesPerSweep; round += 1) {
      const rows = await db.query<{ order_id: string; version: number; status: string }>(
        `SELECT order_id, version, status FROM orders
         WHERE status NOT IN ('DELIVERED', 'CANCELLED') AND order_id > $1 ORDER BY order_id LIMIT $2`,
        [cursor, batch],
      );
      for (const holder of [Holder.HOLDER_MES, Holder.HOLDER_CRM, Holder.HOLDER_SHOP]) {
        const held = rows.filter(({ status }) => heldBy(statusOf(status)) === holder);
        const peer = holder === self ? undefined : peerOf(peers, holder);
        if (!peer || held.length === 0) continue;
        const { orders } = await peer.getOrderVersions({ orderIds: held.map(({ order_id }) => order_id) });
        await compare(new Map(held.map(({ order_id, version }) => [order_id, version])), orders, holder);
      }
      cursor = rows.at(-1)?.order_id ?? "00000000-0000-0000-0000-000000000000";
      if (rows.length < batch) {
        cursor = "00000000-0000-0000-0000-000000000000";
        return;
      }
    }
  }

  async function sweepUnknown(): Promise<void> {
    if (self === Holder.HOLDER_MES || !peers.MES) return;
    const startedAt = Date.now();
    for (let round = 0; round < batchesPerSweep; round += 1) {
      const page = await peers.MES.listOrderVersions({
        createdSince: newSince,
        pageSize: batch,
        pageToken: newToken,
      });
      const ids = page.orders.map(({ orderId }) => orderId);
      const rows = await db.query<{ order_id: string }>(
        "SELECT order_id FROM orders WHERE order_id = ANY ($1::uuid[])",
        [ids],
      );
      const known = new Set(rows.map(({ order_id }) => order_id));
      await compare(
        new Map(),
        page.orders.filter(({ orderId }) => !known.has(orderId)),
        Holder.HOLDER_MES,
      );
      newToken = page.nextPageToken;
      if (newToken === "") {
        newSince = new Date(startedAt - overlapMs);
        return;
      }
    }
  }

  return async () => {
    try {
      await sweepKnown();
      await sweepUnknown();
    } finally {
      disagreements.set([...behind.values()].filter((since) => Date.now() - since >= boundMs).length);
    }
  };
}

function heldBy(status: OrderStatus): Holder | undefined {
  return holderOf(status);
}
