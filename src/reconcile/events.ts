import { type Kafka, placeKey, readRecords } from "../platform/kafka";
import type { Queryable } from "../platform/postgres";
import { settleMs, type Window } from "./window";

/** An outbox row that disagrees with the topic. */
export type LostEvent = {
  id: number;
  orderId: string;
  version: number;
  /** Since it was written, by the database's clock, in milliseconds. */
  ageMs: number;
  /** Why the broker refused it, if it did. */
  lastError: string | null;
};

type PublishedRow = {
  id: number;
  key: string;
  version: number;
  value: Buffer;
  published_at: string;
  last_error: string | null;
  age_ms: number;
  kafka_partition: number | null;
  kafka_offset: number | null;
};

/** Rows compared per statement and per reading of the topic. */
const batch = 2_000;

/** Rows that have waited for longer than `olderThanMs`; the oldest first, at most 1,000. */
export async function unpublishedEvents(db: Queryable, olderThanMs: number): Promise<LostEvent[]> {
  return (await db.query<EventRow>(unpublishedStatement, [olderThanMs])).map(toLost);
}

type EventRow = Pick<PublishedRow, "id" | "key" | "version" | "last_error" | "age_ms">;

function toLost({ id, key, version, last_error, age_ms }: EventRow): LostEvent {
  return { id, orderId: key, version, ageMs: age_ms, lastError: last_error };
}

const age = "(extract(epoch FROM clock_timestamp() - created_at) * 1000)::float8 AS age_ms";

/** The oldest rows come first by id, so the limit inside bounds the work whatever waits. */
export const unpublishedStatement = `
  SELECT id, key, version, last_error, ${age}
  FROM (SELECT id, key, version, last_error, created_at FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 1000) AS waiting
  WHERE created_at < clock_timestamp() - $1 * interval '1 millisecond' ORDER BY id`;

/**
 * Compares one window of rows that are marked as published with what the topic holds at their places: the same key and the same bytes. `window` moves on to the last row
 * compared; `more` says that there are further rows. Rows that were marked less than `leaveMs` ago are left for the next time.
 */
export async function compareEvents(
  db: Queryable,
  kafka: Kafka,
  topic: string,
  window: Window,
  leaveMs = settleMs,
): Promise<{ window: Window; compared: number; lost: LostEvent[]; more: boolean }> {
  const rows = await db.query<PublishedRow>(publishedStatement, [window.at, window.id, topic, leaveMs]);
  const lost = await missing(kafka, topic, rows);
  const last = rows.at(-1);
  return {
    window: last ? { ...window, at: last.published_at, id: String(last.id) } : window,
    compared: rows.length,
    lost,
    more: rows.length === batch,
  };
}

/** The time as text, because a Date would cut off the microseconds that the next window compares with. */
const columns = `id, key, version, value, published_at::text AS published_at, kafka_partition, kafka_offset, last_error, ${age}`;

export const publishedStatement = `
  SELECT ${columns} FROM outbox
  WHERE published_at IS NOT NULL AND (published_at, id) > ($1::timestamptz, $2::bigint) AND topic = $3
    AND published_at < clock_timestamp() - $4 * interval '1 millisecond'
  ORDER BY published_at, id LIMIT ${batch}`;

/** Of these rows, those that the topic holds now no more than before. */
export async function stillLost(
  db: Queryable,
  kafka: Kafka,
  topic: string,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db.query<PublishedRow>(
    `SELECT ${columns} FROM outbox
     WHERE id = ANY ($1::bigint[]) AND published_at IS NOT NULL`,
    [ids],
  );
  return new Set((await missing(kafka, topic, rows)).map(({ id }) => String(id)));
}

async function missing(kafka: Kafka, topic: string, rows: readonly PublishedRow[]): Promise<LostEvent[]> {
  const placed = rows.flatMap(({ kafka_partition: partition, kafka_offset: offset }) =>
    partition === null || offset === null ? [] : [{ partition, offset }],
  );
  const records = await readRecords(kafka, topic, placed);
  return rows.flatMap((row) => {
    const { key, value, kafka_partition, kafka_offset } = row;
    const record =
      kafka_partition === null || kafka_offset === null
        ? undefined
        : records.get(placeKey({ partition: kafka_partition, offset: kafka_offset }));
    const isThere = record !== undefined && record.key === key && record.value.equals(value);
    return isThere ? [] : [toLost(row)];
  });
}

/** Has the relay publish rows again: an event that is on the topic twice is a duplicate to everybody. Returns how many. */
export async function publishAgain(db: Queryable, ids: readonly (number | string)[]): Promise<number> {
  if (ids.length === 0) return 0;
  return db.execute(
    `UPDATE outbox SET published_at = NULL, kafka_partition = NULL, kafka_offset = NULL
     WHERE id = ANY ($1::bigint[]) AND published_at IS NOT NULL`,
    [ids],
  );
}
