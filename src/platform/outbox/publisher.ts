import { isTransient, toAppError } from "../errors";
import type { Kafka, Placement } from "../kafka";
import type { Database } from "../postgres";
import type { Counter, Histogram, Logger, Metrics } from "../telemetry";
import { plantedRound } from "./planted-round";
import { outboxFencedTotal, outboxPublishDelay, outboxPublishedTotal, outboxRefusalsTotal } from "./metrics";

export type Row = {
  id: number;
  shard: number;
  topic: string;
  key: string;
  value: Buffer;
  headers: Record<string, string>;
  created_at: Date;
  attempts: number;
};

/** A broker takes about 1 MB per partition in a request, and all rows of a request may be of one partition. */
const requestBytes = 800 * 1024;
/** What a round holds in memory, whatever the rows' size; one row may be more. */
const roundBytes = 8 * 1024 * 1024;

/**
 * Publishes rows and marks them: one reading, a few requests, one mark, because each statement waits for a connection among those of the service's callers. When the broker refuses a batch for good, the batch is halved by key until the row is found that it refuses; that row's
 * key waits (up to a minute), all other keys go on. A topic that cannot be used waits as a whole. What waits is kept in memory: a restart tries again.
 */
export class Publisher {
  readonly #db: Database;
  readonly #kafka: Kafka;
  readonly #log: Logger;
  readonly #onFenced: (shards: Set<number>) => void;
  readonly #published: Counter<"topic">;
  readonly #delay: Histogram<"topic">;
  readonly #refusals: Counter<"topic" | "reason">;
  readonly #fenced: Counter<never>;
  readonly #waitingKeys = new Map<string, { topic: string; key: string; untilMs: number }>();
  readonly #waitingTopics = new Map<string, number>();

  constructor(
    db: Database,
    kafka: Kafka,
    metrics: Metrics,
    log: Logger,
    onFenced: (shards: Set<number>) => void,
  ) {
    this.#onFenced = onFenced;
    this.#db = db;
    this.#kafka = kafka;
    this.#log = log;
    this.#published = metrics.counter(outboxPublishedTotal);
    this.#delay = metrics.histogram(outboxPublishDelay);
    this.#refusals = metrics.counter(outboxRefusalsTotal);
    this.#fenced = metrics.counter(outboxFencedTotal);
  }

  /** Publishes up to `limit` rows of the shards held; whether there may be more. Throws when Kafka or the database is down. */
  async round(held: ReadonlyMap<number, number>, limit: number): Promise<boolean> {
    const wrong = plantedRound(this.#db, this.#kafka, limit);
    if (wrong) return wrong;
    this.#forgetWaits();
    const waiting = [...this.#waitingKeys.values()];
    const rows = await this.#db.query<Row>(
      `SELECT id, shard, topic, key, value, headers, created_at, attempts FROM (
         SELECT *, sum(octet_length(value)) OVER (ORDER BY id) - octet_length(value) AS bytes_before FROM (
           SELECT id, shard, topic, key, value, headers, created_at, attempts FROM outbox
           WHERE published_at IS NULL AND shard = ANY($1) AND NOT topic = ANY($2)
             AND (topic, key) NOT IN (SELECT * FROM unnest($3::text[], $4::text[]))
           ORDER BY id LIMIT $5) AS first) AS summed
       WHERE bytes_before < $6 ORDER BY id`,
      [
        [...held.keys()],
        [...this.#waitingTopics.keys()],
        waiting.map(({ topic }) => topic),
        waiting.map(({ key }) => key),
        limit,
        roundBytes,
      ],
    );
    if (rows.length === 0) return false;
    await this.#publishAll(requestsOf(rows), held);
    return true;
  }

  /** One request after the other, for a key may be in several. What went out is marked also when a later one fails. */
  async #publishAll(requests: readonly Row[][], held: ReadonlyMap<number, number>): Promise<void> {
    const sent: Row[] = [];
    const placements: Placement[] = [];
    const markSent = (): Promise<void> => this.#mark(sent, placements, held);
    for (const rows of requests) {
      try {
        placements.push(...(await this.#send(rows)));
        sent.push(...rows);
      } catch (error) {
        await markSent();
        if (isTransient(error)) throw error;
        // What follows may be of the keys that wait now: the next round leaves those out.
        return void (await this.#narrow(rows, held, error));
      }
    }
    await markSent();
  }

  #send(rows: readonly Row[]): Promise<Placement[]> {
    return this.#kafka.sendBatch(
      rows.map(({ topic, key, value, headers }) => ({ topic, key, value, headers })),
    );
  }

  /** True when all rows went out. */
  async #publish(rows: readonly Row[], held: ReadonlyMap<number, number>): Promise<boolean> {
    let placements: Placement[];
    try {
      placements = await this.#send(rows);
    } catch (error) {
      if (isTransient(error)) throw error;
      return this.#narrow(rows, held, error);
    }
    await this.#mark(rows, placements, held);
    return true;
  }

  async #narrow(rows: readonly Row[], held: ReadonlyMap<number, number>, error: unknown): Promise<boolean> {
    const topics = [...new Set(rows.map(({ topic }) => topic))];
    if (topics.length > 1)
      return this.#each(
        topics.map((topic) => rows.filter((row) => row.topic === topic)),
        held,
      );
    if (toAppError(error).reason === "TOPIC_UNUSABLE") return this.#refuse(rows[0]!, held, error);
    const keys = [...new Set(rows.map(({ key }) => key))];
    if (keys.length > 1) {
      const half = new Set(keys.slice(0, keys.length / 2));
      return this.#each(
        [rows.filter(({ key }) => half.has(key)), rows.filter(({ key }) => !half.has(key))],
        held,
      );
    }
    const [first, ...rest] = rows;
    if (rest.length === 0) return this.#refuse(first!, held, error);
    // One key: nothing after a row that does not go out.
    return (await this.#publish([first!], held)) && (await this.#publish(rest, held));
  }

  async #each(parts: readonly Row[][], held: ReadonlyMap<number, number>): Promise<boolean> {
    let all = true;
    for (const part of parts) all = (await this.#publish(part, held)) && all;
    return all;
  }

  async #mark(
    rows: readonly Row[],
    placements: readonly Placement[],
    held: ReadonlyMap<number, number>,
  ): Promise<void> {
    if (rows.length === 0) return;
    // FOR SHARE makes a claim by another process wait until we have marked: no mark on the strength of an epoch that is about to go.
    const marked = await this.#db.query<{ id: number; delay: number }>(
      `WITH lease AS (
         SELECT lease.shard FROM outbox_lease AS lease
         JOIN unnest($1::smallint[], $2::bigint[]) AS mine (shard, epoch) USING (shard, epoch)
         FOR SHARE OF lease
       )
       UPDATE outbox SET published_at = clock_timestamp(), kafka_partition = sent.partition, kafka_offset = sent.place, last_error = NULL
       FROM unnest($3::bigint[], $4::integer[], $5::bigint[]) AS sent (id, partition, place)
       WHERE outbox.id = sent.id AND published_at IS NULL AND shard IN (SELECT shard FROM lease)
       RETURNING outbox.id, extract(epoch FROM published_at - created_at)::float8 AS delay`,
      [
        [...held.keys()],
        [...held.values()],
        rows.map(({ id }) => id),
        placements.map(({ partition }) => partition),
        placements.map(({ offset }) => offset),
      ],
    );
    const delays = new Map(marked.map(({ id, delay }) => [id, delay]));
    for (const { id, topic } of rows) {
      const delay = delays.get(id);
      if (delay === undefined) continue;
      this.#published.inc({ topic });
      this.#delay.observe({ topic }, Math.max(0, delay));
    }
    const fenced = rows.filter(({ id }) => !delays.has(id));
    if (fenced.length === 0) return;
    this.#fenced.inc({}, fenced.length);
    this.#log.warn(
      { rows: fenced.length },
      "rows were published but not marked: another relay holds their shard",
    );
    // At once, not at the next renewal: until then each round would send them again.
    this.#onFenced(new Set(fenced.map(({ shard }) => shard)));
  }

  async #refuse(row: Row, held: ReadonlyMap<number, number>, caught: unknown): Promise<false> {
    const error = toAppError(caught);
    const { topic, key } = row;
    const untilMs = Date.now() + Math.min(60_000, 1_000 * 2 ** Math.min(row.attempts, 6));
    if (error.reason === "TOPIC_UNUSABLE") this.#waitingTopics.set(topic, untilMs);
    else this.#waitingKeys.set(`${topic}/${key}`, { topic, key, untilMs });
    this.#refusals.inc({ topic, reason: error.reason });
    this.#log.error(
      { err: error, outbox_id: row.id, topic, key, attempts: row.attempts + 1 },
      "an outbox row was refused, what follows it waits",
    );
    await this.#db.execute(
      `UPDATE outbox SET attempts = attempts + 1, last_error = $2
       WHERE id = $1 AND published_at IS NULL
         AND EXISTS (SELECT 1 FROM outbox_lease AS lease WHERE lease.shard = outbox.shard AND lease.epoch = $3)`,
      [row.id, `${error.reason}: ${error.message}`, held.get(row.shard)],
    );
    return false;
  }

  #forgetWaits(): void {
    const now = Date.now();
    for (const [id, { untilMs }] of this.#waitingKeys) if (untilMs <= now) this.#waitingKeys.delete(id);
    for (const [topic, untilMs] of this.#waitingTopics) if (untilMs <= now) this.#waitingTopics.delete(topic);
  }
}

/** Rows in order, as many to a request as fit into one; at least one. */
function requestsOf(rows: readonly Row[]): Row[][] {
  const requests: Row[][] = [];
  let bytes = Infinity;
  for (const row of rows) {
    const size = row.value.length + 500;
    if (bytes + size > requestBytes) {
      requests.push([]);
      bytes = 0;
    }
    requests.at(-1)!.push(row);
    bytes += size;
  }
  return requests;
}
