import type { OrderEventsServiceDefinition, OrderVersion } from "../gen/alexandrite/events/v1/events";
import { statusOf } from "../order";
import type { Handlers } from "../platform/grpc";
import type { Database } from "../platform/postgres";
import { annotate } from "../platform/telemetry";
import { decodePageToken, encodePageToken } from "./page-token";
import { readEvents } from "./rows";

const eventsPerAnswer = 100;
const versionsPerPage = 500;

type VersionRow = { order_id: string; version: number; status: string; created_at: Date };

/** What each service tells its peers of the orders it knows: committed events, byte for byte. */
export function createEventsHandlers(db: Database): Handlers<typeof OrderEventsServiceDefinition> {
  return {
    async getOrderEvents({ orderId, afterVersion, limit }) {
      annotate({ order_id: orderId });
      return { events: await readEvents(db, orderId, afterVersion, limit || eventsPerAnswer) };
    },
    async getOrderVersions({ orderIds }) {
      const rows = await db.query<VersionRow>(
        "SELECT order_id, version, status, created_at FROM orders WHERE order_id = ANY ($1::uuid[])",
        [orderIds],
      );
      return { orders: rows.map(toVersion) };
    },
    async listOrderVersions({ createdSince, pageSize, pageToken }) {
      const size = pageSize || versionsPerPage;
      const since = createdSince ?? new Date(0);
      const filters = ["created", since.getTime()];
      const after = decodePageToken(pageToken, filters) ?? { at: since, orderId: nilUuid };
      const rows = await db.query<VersionRow>(
        `SELECT order_id, version, status, created_at FROM orders
         WHERE (created_at, order_id) > ($1, $2) ORDER BY created_at, order_id LIMIT $3`,
        [after.at, after.orderId, size + 1],
      );
      const page = rows.slice(0, size);
      const last = page.at(-1);
      const nextPageToken =
        rows.length > size && last
          ? encodePageToken({ at: last.created_at, orderId: last.order_id }, filters)
          : "";
      return { orders: page.map(toVersion), nextPageToken };
    },
  };
}

const nilUuid = "00000000-0000-0000-0000-000000000000";

function toVersion({ order_id, version, status }: VersionRow): OrderVersion {
  return { orderId: order_id, version, status: statusOf(status) };
}
