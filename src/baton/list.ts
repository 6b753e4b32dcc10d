import { Order, type OrderStatus } from "../gen/alexandrite/order/v1/order";
import { shortStatus } from "../order";
import type { Queryable } from "../platform/postgres";
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
  const last = page.at(-1);
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

/** The statement of a page and one row more, which tells whether there is a next one. Exported for the test of its plans. */
export function statementOf(
  query: OrderQuery,
  end: { at: Date; orderId: string } | undefined,
): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const where: string[] = [];
  if (query.ownerId) where.push(`owner_id = ${place(query.ownerId)}`);
  if (query.material) where.push(`material = ${place(query.material)}`);
  if (query.operatorId) where.push(`operator_id = ${place(query.operatorId)} AND operator_id <> ''`);
  if (query.updatedSince) where.push(`updated_at >= ${place(query.updatedSince)}`);
  const [direction, beyond] = query.order === "oldest" ? ["ASC", ">"] : ["DESC", "<"];
  if (end) where.push(`(updated_at, order_id) ${beyond} (${place(end.at)}, ${place(end.orderId)})`);
  const sorted = `ORDER BY updated_at ${direction}, order_id ${direction} LIMIT ${place(query.pageSize + 1)}`;
  const columns = "SELECT snapshot, updated_at, order_id";
  const statuses = [...new Set(query.statuses ?? [])].map(shortStatus);
  if (statuses.length === 0) {
    const condition = where.length > 0 ? `WHERE ${where.join(" AND ")} ` : "";
    return { text: `${columns} FROM orders ${condition}${sorted}`, values };
  }
  // Each status reads along its own piece of an index, and the pieces are merged: status = ANY would read and sort all of them.
  const wanted = place(statuses);
  const piece = `${columns} FROM orders WHERE ${["status = wanted.status", ...where].join(" AND ")} ${sorted}`;
  return {
    text: `${columns} FROM unnest(${wanted}::text[]) AS wanted (status) CROSS JOIN LATERAL (${piece}) AS piece ${sorted}`,
    values,
  };
}
