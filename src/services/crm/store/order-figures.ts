import type { Queryable } from "../../../platform/postgres";

/** Of an order that comes back to a status only the first time counts. The subquery keeps the planner to the primary key, however many events there are. */
const isFirst =
  "e.version = (SELECT min(b.version) FROM order_event AS b WHERE b.order_id = e.order_id AND b.status = e.status)";

export type Entries = { status: string; orders: number };

/** How many orders entered each status on a day of UTC (`2026-11-21`). */
export function entriesOfDay(db: Queryable, statuses: readonly string[], day: string): Promise<Entries[]> {
  return db.query<Entries>(
    `SELECT e.status, count(*) AS orders FROM order_event AS e
     WHERE e.status = ANY ($1::text[]) AND e.occurred_at >= $2::timestamptz AND e.occurred_at < $2::timestamptz + interval '1 day' AND ${isFirst}
     GROUP BY e.status`,
    [statuses, `${day}T00:00:00Z`],
  );
}

/** What the database shows now, as `pg_snapshot` writes it. */
export async function currentSnapshot(db: Queryable): Promise<string> {
  return (await db.one<{ seen: string }>("SELECT pg_current_snapshot()::text AS seen")).seen;
}

export type NewEntries = {
  /** What is seen now, for the next question. */
  seen: string;
  /** The server has gone back behind the snapshot, as after a restore: what was counted is void. */
  behind: boolean;
  entries: (Entries & { day: string })[];
};

/**
 * What has been stored since a snapshot, by the day on which it happened. By index, and exact: a transaction that the snapshot does not see was under way in it or began later.
 */
export function entriesSince(db: Queryable, snapshot: string): Promise<NewEntries> {
  return db.one<NewEntries>(
    `SELECT pg_current_snapshot()::text AS seen, pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax($1::pg_snapshot) AS behind,
       (SELECT coalesce(jsonb_agg(counted), '[]') FROM (
         SELECT e.status, (e.occurred_at AT TIME ZONE 'UTC')::date::text AS day, count(*) AS orders FROM (
           SELECT order_id, version, status, occurred_at FROM order_event WHERE made_by_transaction >= pg_snapshot_xmax($1::pg_snapshot)
           UNION ALL
           SELECT order_id, version, status, occurred_at FROM order_event
           WHERE made_by_transaction = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot))) AND made_by_transaction < pg_snapshot_xmax($1::pg_snapshot)
         ) AS e WHERE ${isFirst} GROUP BY 1, 2
       ) AS counted) AS entries`,
    [snapshot],
  );
}

export type Standing = { status: string; orders: number; oldest: number };

/** How many orders are in each of these statuses now, and how many seconds the one has been there that came first; 0 without one. */
export async function standingsOf(db: Queryable, statuses: readonly string[]): Promise<Standing[]> {
  const rows = await db.query<Standing>(
    `SELECT status, count(*) AS orders, greatest(0, extract(epoch FROM clock_timestamp() - min(updated_at)))::float8 AS oldest
     FROM orders WHERE status = ANY ($1::text[]) GROUP BY status`,
    [statuses],
  );
  return statuses.map(
    (status) => rows.find((row) => row.status === status) ?? { status, orders: 0, oldest: 0 },
  );
}
