import { shortStatus, statuses as allStatuses } from "../order";
import type { OrderQuery } from "./list";
import type { PageEnd } from "./page-token";

/**
 * The statement of a page and one row more, which tells whether there is a next one.
 *
 * Each list has an index that begins with what it filters by and goes on with date and id. The conditions say "equal" as two bounds of the whole key, and the order
 * names the whole key, so that no other index can serve: left the choice, the planner walks along the date and throws away what does not match, which is fast
 * until the matching rows are few or far.
 */
export function statementOf(
  query: OrderQuery,
  end: PageEnd | undefined,
): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const { ownerId, material, operatorId, updatedSince } = query;
  const isOldest = query.order === "oldest";
  const direction = isOldest ? "ASC" : "DESC";
  const columns = "SELECT snapshot, updated_at, order_id FROM orders";
  const limit = `LIMIT ${place(query.pageSize + 1)}`;

  /** The list's key: what comes before date and id, and the values wanted there. */
  const names: string[] = [];
  const wanted: string[] = [];
  const also: string[] = [];
  const filter = (name: string, value: string | undefined): void => {
    if (!value) return;
    if (names.length > 0) also.push(`${name} = ${place(value)}`);
    else {
      names.push(name);
      wanted.push(place(value));
    }
  };
  filter("operator_id", operatorId);
  if (operatorId) also.push("operator_id <> ''");
  filter("material", material);
  filter("owner_id", ownerId);
  const isPerStatus = (query.statuses ?? []).length > 0 || Boolean(operatorId) || Boolean(material);
  if (isPerStatus) {
    names.push("status");
    wanted.push("wanted.status");
  }

  const bound = (comparison: string, beyond: readonly [string, string][] = []): string[] => {
    const left = [...names, ...beyond.map(([name]) => name)];
    const right = [...wanted, ...beyond.map(([, value]) => value)];
    return left.length === 0 ? [] : [`(${left.join(", ")}) ${comparison} (${right.join(", ")})`];
  };
  const afterEnd = (): string[] => {
    if (!end) return [];
    const key: [string, string][] = [
      ["updated_at", place(end.at)],
      ["order_id", place(end.orderId)],
    ];
    return bound(isOldest ? ">" : "<", key);
  };
  // One bound each way: with two the index would be entered at the looser one. The page's end lies within the other bounds.
  const since = (): string[] => bound(">=", updatedSince ? [["updated_at", place(updatedSince)]] : undefined);
  const conditions = isOldest
    ? [...(end ? afterEnd() : since()), ...bound("<=")]
    : [...(end ? afterEnd() : bound("<=")), ...since()];

  const where = [...conditions, ...also].join(" AND ");
  const key = [...names, "updated_at", "order_id"].map((name) => `${name} ${direction}`).join(", ");
  const piece = `${columns}${where && ` WHERE ${where}`} ORDER BY ${key} ${limit}`;
  if (!isPerStatus) return { text: piece, values };
  const each = place([...new Set(query.statuses?.length ? query.statuses : allStatuses)].map(shortStatus));
  return {
    text: `SELECT piece.* FROM unnest(${each}::text[]) AS wanted (status) CROSS JOIN LATERAL (${piece}) AS piece
       ORDER BY updated_at ${direction}, order_id ${direction} ${limit}`,
    values,
  };
}
