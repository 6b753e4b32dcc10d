import type { Queryable } from "../../platform/postgres";

/** Where an order stands in one service, and a digest of the event that brought it there. */
export type Standing = { version: number; status: string; digest: string };

/** Rows per statement. */
const page = 5_000;
const nil = "00000000-0000-0000-0000-000000000000";

type Row = Standing & { order_id: string };

export const standingsStatement = `
  SELECT o.order_id, o.version, o.status, md5(e.value) AS digest
  FROM (SELECT order_id, version, status FROM orders WHERE order_id > $1::uuid ORDER BY order_id LIMIT $2) AS o
  LEFT JOIN order_event e ON e.order_id = o.order_id AND e.version = o.version
  ORDER BY o.order_id`;

/** Walks through the orders of several databases side by side, by id: each order once, with its standing in each database that knows it, in the databases' order. */
export async function* walkStandings(
  databases: readonly Queryable[],
): AsyncGenerator<{ orderId: string; standings: (Standing | undefined)[] }> {
  for (let after = nil; ;) {
    const pages = await Promise.all(databases.map((db) => db.query<Row>(standingsStatement, [after, page])));
    // As far as all of them have been read: a page that is full may go on.
    const ends = pages.flatMap((rows) => (rows.length === page ? [rows.at(-1)!.order_id] : []));
    const end = ends.sort()[0];
    const byId = pages.map((rows) => new Map(rows.map((row) => [row.order_id, row])));
    const ids = new Set(pages.flatMap((rows) => rows.map(({ order_id }) => order_id)));
    for (const orderId of [...ids].sort()) {
      if (end !== undefined && orderId > end) break;
      yield { orderId, standings: byId.map((rows) => rows.get(orderId)) };
    }
    if (end === undefined) return;
    after = end;
  }
}

/** The same of one order. */
export async function standingsOf(
  databases: readonly Queryable[],
  orderId: string,
): Promise<(Standing | undefined)[]> {
  return Promise.all(
    databases.map((db) =>
      db.maybeOne<Standing>(
        `SELECT o.version, o.status, md5(e.value) AS digest FROM orders o
         LEFT JOIN order_event e ON e.order_id = o.order_id AND e.version = o.version WHERE o.order_id = $1`,
        [orderId],
      ),
    ),
  );
}
