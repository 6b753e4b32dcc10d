import type { Queryable } from "../../../platform/postgres";

/** What came of a booking: the day it counts for, or what that day has already and how long it lasts. */
export type Booking = { done: true; day: string } | { done: false; used: number; nextDayMs: number };

const today = "(now() AT TIME ZONE 'UTC')::date";

/** Books bytes for today unless they would go over `allowed`; by one statement, so that no two bookings take the same rest. */
export async function bookBytes(
  db: Queryable,
  tenant: string,
  bytes: number,
  allowed: number,
): Promise<Booking> {
  const booked = await db.maybeOne<{ day: string }>(
    `INSERT INTO upload_day AS known (tenant, day, bytes) SELECT $1, ${today}, $2::bigint WHERE $2::bigint <= $3::bigint
     ON CONFLICT (tenant, day) DO UPDATE SET bytes = known.bytes + $2::bigint WHERE known.bytes + $2::bigint <= $3::bigint
     RETURNING day::text`,
    [tenant, bytes, allowed],
  );
  if (booked) return { done: true, day: booked.day };
  const { used, next_day_ms } = await db.one<{ used: number; next_day_ms: number }>(
    `SELECT coalesce((SELECT bytes FROM upload_day WHERE tenant = $1 AND day = ${today}), 0)::float8 AS used,
       ceil(1000 * extract(epoch FROM ${today} + 1 - now() AT TIME ZONE 'UTC'))::float8 AS next_day_ms`,
    [tenant],
  );
  return { done: false, used, nextDayMs: next_day_ms };
}

/** Takes back what was booked on a day and did not come. */
export async function giveBackBytes(
  db: Queryable,
  tenant: string,
  day: string,
  bytes: number,
): Promise<void> {
  await db.execute(
    "UPDATE upload_day SET bytes = greatest(0, bytes - $3::bigint) WHERE tenant = $1 AND day = $2::date",
    [tenant, day, bytes],
  );
}

/** Yesterday's stay: uploads that began then may still give something back. */
export async function dropOldDays(db: Queryable): Promise<void> {
  await db.execute(`DELETE FROM upload_day WHERE day < ${today} - 1`);
}
