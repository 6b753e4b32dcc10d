import { Order, type OrderStatus } from "../gen/alexandrite/order/v1/order";
import { shortStatus } from "../order";
import type { Queryable } from "../platform/postgres";
import { decodePageToken, encodePageToken } from "./page-token";

export type OrderQuery = {
  /** Only this owner's orders. */
  ownerId?: string;
  /** Only these statuses; empty or missing for all. */
  statuses?: readonly OrderStatus[];
  material?: string;
  operatorId?: string;
  updatedSince?: Date;
  /** `newest`: the most recently changed first, the default. `oldest`: the longest unchanged first, for queues. */
  order?: "newest" | "oldest";
  pageSize: number;
  /** Empty for the first page. */
  pageToken: string;
};

export type OrderPage = { orders: Order[]; nextPageToken: string };

/**
 * A page of orders by the date of their last change, by keyset: no page is slower than the first, and rows that change while somebody pages are
 * seen where they are then.
 */
export async function listOrders(db: Queryable, query: OrderQuery): Promise<OrderPage> {
  const { pageSize, pageToken, ...filters } = query;
  const end = decodePageToken(pageToken, filters);
  const values: unknown[] = [];
  const where: string[] = [];
  const add = (condition: (place: string) => string, value: unknown): void => {
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  if (query.ownerId) add((place) => `owner_id = ${place}`, query.ownerId);
  if (query.material) add((place) => `material = ${place}`, query.material);
  if (query.operatorId) add((place) => `operator_id = ${place}`, query.operatorId);
  const [status, ...others] = query.statuses ?? [];
  // One status reads straight along an index; ANY would have to sort.
  if (status && others.length === 0) add((place) => `status = ${place}`, shortStatus(status));
  else if (status) add((place) => `status = ANY (${place})`, [status, ...others].map(shortStatus));
  if (query.updatedSince) add((place) => `updated_at >= ${place}`, query.updatedSince);
  const oldestFirst = query.order === "oldest";
  if (end) {
    values.push(end.at, end.orderId);
    where.push(
      `(updated_at, order_id) ${oldestFirst ? ">" : "<"} ($${values.length - 1}, $${values.length})`,
    );
  }
  const direction = oldestFirst ? "ASC" : "DESC";
  // One more than asked for tells whether there is a next page.
  values.push(pageSize + 1);
  const rows = await db.query<{ snapshot: unknown; updated_at: Date; order_id: string }>(
    `SELECT snapshot, updated_at, order_id FROM orders${where.length > 0 ? ` WHERE ${where.join(" AND ")}` : ""}
     ORDER BY updated_at ${direction}, order_id ${direction} LIMIT $${values.length}`,
    values,
  );
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
