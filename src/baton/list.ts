import { Order, type OrderStatus } from "../gen/alexandrite/order/v1/order";
import { planted } from "../platform/config";
import type { Queryable } from "../platform/postgres";
import { statementOf } from "./list-statement";
import { decodePageToken, encodePageToken } from "./page-token";

export type OrderQuery = {
  /** Only this owner's orders. */
  ownerId?: string | undefined;
  /** Only these statuses; empty or missing for all. */
  statuses?: readonly OrderStatus[] | undefined;
  material?: string | undefined;
  operatorId?: string | undefined;
  /** Only orders changed at or after this time. */
  updatedSince?: Date | undefined;
  /** `newest`: the most recently changed first, the default. `oldest`: the longest unchanged first, for queues. */
  order?: "newest" | "oldest" | undefined;
  pageSize: number;
  /** Empty for the first page. */
  pageToken: string;
};

export type OrderPage = { orders: Order[]; nextPageToken: string };

/**
 * A page of orders by the date of their last change, by keyset: no page is slower than the first. Whoever pages sees each order at most once, newest first, and
 * every order that does not change meanwhile.
 */
export async function listOrders(db: Queryable, query: OrderQuery): Promise<OrderPage> {
  const { pageSize } = query;
  const filters = filtersOf(query);
  const { text, values } = statementOf(query, decodePageToken(query.pageToken, filters));
  const rows = await db.query<{ snapshot: unknown; updated_at: Date; order_id: string }>(text, values);
  const page = rows.slice(0, pageSize);
  const last = planted("page-loses-one") ? rows.at(-1) : page.at(-1);
  return {
    orders: page.map(({ snapshot }) => Order.fromJSON(snapshot)),
    nextPageToken:
      rows.length > pageSize && last
        ? encodePageToken({ at: last.updated_at, orderId: last.order_id }, filters)
        : "",
  };
}

/** What a token is bound to: everything but the page's size, however the caller has spelled it. */
function filtersOf({ ownerId, statuses = [], material, operatorId, updatedSince, order }: OrderQuery) {
  return [
    ownerId ?? "",
    [...new Set(statuses)].sort(),
    material ?? "",
    operatorId ?? "",
    updatedSince?.getTime() ?? 0,
    order ?? "newest",
  ];
}
