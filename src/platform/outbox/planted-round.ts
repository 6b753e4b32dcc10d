import { planted } from "../config";
import type { Kafka } from "../kafka";
import type { Database, Queryable } from "../postgres";

type Row = { id: number; topic: string; key: string; value: Buffer; headers: Record<string, string> };

/** How far the cursors have come. */
const cursors = new WeakMap<Database, number>();

/** A round of a relay as it must not be, where such a bug is planted; undefined everywhere else. */
export function plantedRound(db: Database, kafka: Kafka, limit: number): Promise<boolean> | undefined {
  if (planted("relay-by-cursor")) return byCursor(db, kafka, limit);
  if (planted("relays-skip-locked")) return db.transaction((tx) => bySkipLocked(tx, kafka, limit));
  return undefined;
}

/** A row whose transaction commits after that of a later id is behind the cursor when it is there. */
async function byCursor(db: Database, kafka: Kafka, limit: number): Promise<boolean> {
  const rows = await db.query<Row>(
    "SELECT id, topic, key, value, headers FROM outbox WHERE id > $1 AND published_at IS NULL ORDER BY id LIMIT $2",
    [cursors.get(db) ?? 0, limit],
  );
  await send(db, kafka, rows);
  const last = rows.at(-1);
  if (last) cursors.set(db, last.id);
  return false;
}

/** Rows that another relay has in hand are passed over, with whatever comes after them of the same key. */
async function bySkipLocked(tx: Queryable, kafka: Kafka, limit: number): Promise<boolean> {
  const rows = await tx.query<Row>(
    `SELECT id, topic, key, value, headers FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [limit],
  );
  await send(tx, kafka, rows);
  return false;
}

async function send(db: Queryable, kafka: Kafka, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const places = await kafka.sendBatch(
    rows.map(({ topic, key, value, headers }) => ({ topic, key, value, headers })),
  );
  await db.execute(
    `UPDATE outbox SET published_at = clock_timestamp(), kafka_partition = sent.partition, kafka_offset = sent.place
     FROM unnest($1::bigint[], $2::integer[], $3::bigint[]) AS sent (id, partition, place) WHERE outbox.id = sent.id`,
    [rows.map(({ id }) => id), places.map(({ partition }) => partition), places.map(({ offset }) => offset)],
  );
}
