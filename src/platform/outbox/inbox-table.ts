import type { Database, Queryable, Transaction } from "../postgres";
import { enqueue } from "./outbox-table";
import type { StoredMessage } from "./types";

/** Where a message was read. */
export type Place = { partition: number; offset: string };

export type ParkedRow = StoredMessage & Place;

export type DeadLetter = {
  place?: Place | undefined;
  /** Undefined: it cannot be told which key the message is of, and nothing is blocked. */
  key?: string | undefined;
  version?: number | undefined;
  reason: string;
  error: string;
  value: Buffer;
  headers: Record<string, string>;
};

export type OpenLetter = { id: number; reason: string; version: number | null };

/** The SQL of one group and topic. Everything about a key runs under its lock. */
export class InboxTable {
  readonly group: string;
  readonly topic: string;

  constructor(group: string, topic: string) {
    this.group = group;
    this.topic = topic;
  }

  /** Holds up everybody else on this key until the transaction ends. A statement of its own: the next one then sees what they committed. */
  async lock(tx: Transaction, key: string): Promise<void> {
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `inbox/${this.group}/${this.topic}/${key}`,
    ]);
  }

  async state(tx: Queryable, key: string): Promise<{ blocked: boolean; parked: boolean }> {
    return tx.one(
      `SELECT EXISTS (SELECT FROM blocked_key WHERE consumer_group = $1 AND topic = $2 AND key = $3) AS blocked,
              EXISTS (SELECT FROM parked_message WHERE consumer_group = $1 AND topic = $2 AND key = $3) AS parked`,
      [this.group, this.topic, key],
    );
  }

  /** Parks once per place, and not what lies at this place as an open dead letter. */
  async park(tx: Queryable, message: StoredMessage, place: Place, firstRetryMs: number): Promise<void> {
    await tx.execute(
      `INSERT INTO parked_message (consumer_group, topic, kafka_partition, kafka_offset, key, version, value, headers, next_attempt_at)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + $9 * interval '1 millisecond'
       WHERE NOT EXISTS (SELECT FROM dead_letter WHERE consumer_group = $1 AND topic = $2 AND kafka_partition = $3 AND kafka_offset = $4
                         AND resolved_at IS NULL)
       ON CONFLICT DO NOTHING`,
      [
        this.group,
        this.topic,
        place.partition,
        place.offset,
        message.key,
        message.version,
        message.value,
        JSON.stringify(message.headers),
        firstRetryMs,
      ],
    );
  }

  firstParked(tx: Queryable, key: string): Promise<ParkedRow | undefined> {
    return tx.maybeOne(
      `SELECT key, version, value, headers, kafka_partition AS partition, kafka_offset::text AS offset
       FROM parked_message WHERE consumer_group = $1 AND topic = $2 AND key = $3
       ORDER BY version, kafka_partition, kafka_offset LIMIT 1`,
      [this.group, this.topic, key],
    );
  }

  async unpark(tx: Queryable, { partition, offset }: Place): Promise<void> {
    await tx.execute(
      "DELETE FROM parked_message WHERE consumer_group = $1 AND topic = $2 AND kafka_partition = $3 AND kafka_offset = $4",
      [this.group, this.topic, partition, offset],
    );
  }

  /**
   * Keys whose parked messages are due and that nothing blocks. Puts their next attempt off, each time twice as far, so that instances do not all try
   * the same.
   */
  async takeDue(db: Database, firstRetryMs: number, longestMs: number): Promise<string[]> {
    const rows = await db.query<{ key: string }>(
      `WITH due AS (
         SELECT DISTINCT key FROM (
           SELECT key FROM parked_message AS parked
           WHERE consumer_group = $1 AND topic = $2 AND next_attempt_at <= clock_timestamp()
             AND NOT EXISTS (SELECT FROM blocked_key AS blocked
                             WHERE blocked.consumer_group = $1 AND blocked.topic = $2 AND blocked.key = parked.key)
           ORDER BY next_attempt_at LIMIT 50
         ) AS oldest
       )
       UPDATE parked_message AS parked
       SET attempts = attempts + 1,
           next_attempt_at = clock_timestamp() + least($4, $3 * 2 ^ least(attempts + 1, 20)) * interval '1 millisecond'
       FROM due WHERE parked.consumer_group = $1 AND parked.topic = $2 AND parked.key = due.key
       RETURNING parked.key`,
      [this.group, this.topic, firstRetryMs, longestMs],
    );
    return [...new Set(rows.map(({ key }) => key))];
  }

  /**
   * Sets a message aside, blocks its key and announces it on `<topic>.dlq`, all with the caller's transaction. The same place again changes nothing while
   * the letter is open or was dropped; after it was resolved otherwise it opens again. Returns whether there is one more open letter now.
   */
  async deadLetter(tx: Transaction, letter: DeadLetter): Promise<boolean> {
    const { place, key, version, reason, error, value, headers } = letter;
    // A fetched copy has no place to be known by.
    if (
      !place &&
      key !== undefined &&
      (await this.openLettersOf(tx, key)).some((open) => open.version === version)
    )
      return false;
    const row = await tx.maybeOne<{ id: number; inserted: boolean }>(
      `INSERT INTO dead_letter AS letter
         (consumer_group, topic, kafka_partition, kafka_offset, key, version, reason, error, value, headers)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT ON CONSTRAINT dead_letter_place DO UPDATE
       SET resolved_at = NULL, resolution = NULL, reason = excluded.reason, error = excluded.error
       WHERE letter.resolved_at IS NOT NULL AND letter.resolution <> 'dropped'
       RETURNING id, xmax = 0 AS inserted`,
      [
        this.group,
        this.topic,
        place?.partition ?? null,
        place?.offset ?? null,
        key ?? null,
        version ?? null,
        reason,
        error,
        value,
        JSON.stringify(headers),
      ],
    );
    if (!row) return false;
    if (key !== undefined) {
      await tx.execute(
        "INSERT INTO blocked_key (consumer_group, topic, key, dead_letter_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        [this.group, this.topic, key, row.id],
      );
    }
    if (row.inserted) await this.#announce(tx, letter, row.id);
    return true;
  }

  /** Where an open letter lies, its row locked; undefined when it is not open. */
  async openLetter(tx: Queryable, id: number): Promise<{ place: Place | undefined } | undefined> {
    const row = await tx.maybeOne<{ partition: number | null; offset: string | null }>(
      `SELECT kafka_partition AS partition, kafka_offset::text AS offset FROM dead_letter
       WHERE id = $1 AND consumer_group = $2 AND topic = $3 AND resolved_at IS NULL FOR UPDATE`,
      [id, this.group, this.topic],
    );
    if (!row) return undefined;
    const { partition, offset } = row;
    return { place: partition === null || offset === null ? undefined : { partition, offset } };
  }

  openLettersOf(tx: Queryable, key: string): Promise<OpenLetter[]> {
    return tx.query(
      "SELECT id, reason, version FROM dead_letter WHERE consumer_group = $1 AND topic = $2 AND key = $3 AND resolved_at IS NULL",
      [this.group, this.topic, key],
    );
  }

  /** Closes letters; the key stays blocked while it has another open one. */
  async resolve(tx: Queryable, key: string, ids: readonly number[], resolution: string): Promise<void> {
    await tx.execute(
      "UPDATE dead_letter SET resolved_at = clock_timestamp(), resolution = $2 WHERE id = ANY($1) AND resolved_at IS NULL",
      [ids, resolution],
    );
    const [next] = await this.openLettersOf(tx, key);
    await tx.execute(
      next
        ? "UPDATE blocked_key SET dead_letter_id = $4 WHERE consumer_group = $1 AND topic = $2 AND key = $3"
        : "DELETE FROM blocked_key WHERE consumer_group = $1 AND topic = $2 AND key = $3",
      next ? [this.group, this.topic, key, next.id] : [this.group, this.topic, key],
    );
  }

  async #announce(
    tx: Transaction,
    { place, key, reason, error, value, headers }: DeadLetter,
    id: number,
  ): Promise<void> {
    await enqueue(tx, {
      topic: `${this.topic}.dlq`,
      key: key ?? `${this.topic}/${place?.partition}/${place?.offset}`,
      version: id,
      value,
      headers: {
        ...headers,
        "dead-letter-id": String(id),
        "dead-letter-group": this.group,
        "dead-letter-reason": reason,
        "dead-letter-error": error,
        "original-topic": this.topic,
        ...(place && { "original-partition": String(place.partition), "original-offset": place.offset }),
      },
    });
  }
}
