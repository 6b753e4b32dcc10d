import type { OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { statusOf } from "../../../order";
import type { Changes, Look } from "../../../platform/cache";
import type { Queryable } from "../../../platform/postgres";

/** More changes than these in one look are not told apart. */
const atMost = 1_000;

/** An order's change: id, owner, status before and after; of a note only the id. */
type Change = [orderId: string, ownerId?: string, before?: string | null, after?: string];

/** What an answer about one order depends on. */
export function tagOfOrder(orderId: string): string {
  return `order ${orderId.toLowerCase()}`;
}

/** What a list depends on: any order that enters it, leaves it or changes within it changes one of these. */
export function tagsOfList(ownerId: string, statuses: readonly OrderStatus[]): string[] {
  if (statuses.length === 0) return [listTag(ownerId, "any")];
  return statuses.map((status) => listTag(ownerId, status));
}

/** Follows the orders and the notes in the database, whoever writes them. */
export function createLook(db: Queryable): Look {
  return async (since): Promise<Changes> => {
    const { seen_at, changes } = await db.one<{ seen_at: string; changes: Change[] | null }>(
      "SELECT seen_at, changes FROM crm_changes_since($1::pg_snapshot, $2)",
      [since ?? null, atMost],
    );
    return { position: seen_at, changed: changes === null ? "anything" : changes.flatMap(tagsOfChange) };
  };
}

function tagsOfChange([orderId, ownerId, before, after]: Change): string[] {
  const tags = [tagOfOrder(orderId)];
  if (ownerId === undefined || after === undefined) return tags;
  const statuses = [after, ...(before ? [before] : [])].map(statusOf);
  for (const owner of ["", ownerId]) {
    tags.push(listTag(owner, "any"), ...statuses.map((status) => listTag(owner, status)));
  }
  return tags;
}

function listTag(ownerId: string, status: OrderStatus | "any"): string {
  return ownerId === "" ? `list ${status}` : `list ${status} of ${ownerId}`;
}
