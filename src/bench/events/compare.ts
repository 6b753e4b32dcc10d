import type { KafkaMessage } from "../../platform/kafka";
import type { Database } from "../../platform/postgres";

export type Comparison = {
  rows: number;
  messages: number;
  /** Messages beyond the first of a row. */
  duplicates: number;
  /** Rows of which there is no message. */
  lost: number;
  /** Messages of no row, or with other bytes than it. */
  foreign: number;
  /** Keys whose first occurrences are not in the order of their versions. */
  disordered: number;
  /** Rows whose place names a message that is not theirs. */
  misplaced: number;
  /** Rows that nothing has marked as published. */
  unmarked: number;
};

type Row = { key: string; version: number; value: Buffer; partition: number | null; place: string | null };

/** Holds the outbox against the topic. The version is in each body. */
export async function compare(
  db: Database,
  topic: string,
  messages: readonly KafkaMessage[],
): Promise<Comparison> {
  const rows = await db.query<Row>(
    `SELECT key, version, value, kafka_partition AS partition, kafka_offset::text AS place
     FROM outbox WHERE topic = $1 ORDER BY id`,
    [topic],
  );
  const expected = new Map(rows.map((row) => [nameOf(row.key, row.version), row]));
  const seen = new Set<string>();
  const byPlace = new Map<string, string>();
  const newest = new Map<string, number>();
  const disordered = new Set<string>();
  let foreign = 0;
  for (const { key = "", value, partition, offset } of messages) {
    const { version } = JSON.parse(value.toString()) as { version: number };
    const name = nameOf(key, version);
    byPlace.set(`${partition}/${offset}`, name);
    if (!expected.get(name)?.value.equals(value)) foreign++;
    if (seen.has(name)) continue;
    seen.add(name);
    if (version !== (newest.get(key) ?? 0) + 1) disordered.add(key);
    newest.set(key, version);
  }
  const marked = rows.filter(({ place }) => place !== null);
  return {
    rows: rows.length,
    messages: messages.length,
    duplicates: messages.length - seen.size,
    lost: rows.filter(({ key, version }) => !seen.has(nameOf(key, version))).length,
    foreign,
    disordered: disordered.size,
    misplaced: marked.filter(
      ({ key, version, partition, place }) => byPlace.get(`${partition}/${place}`) !== nameOf(key, version),
    ).length,
    unmarked: rows.length - marked.length,
  };
}

function nameOf(key: string, version: number): string {
  return `${key}/${version}`;
}
