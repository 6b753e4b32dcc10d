import type { Migration, Transaction } from "../postgres";
import { injectTrace } from "../telemetry";
import type { OutboxMessage } from "./types";
import { wakeRelays } from "./wake";

/**
 * The outbox and its leases. The shard is computed by the database, so that rows written by hand land in the right one. Unpublished rows are found by
 * their flag: a cursor on the id would lose a row whose transaction commits after that of a later id.
 */
export function outboxMigration(): Migration {
  return {
    name: "platform_outbox_001",
    sql: `
      CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        shard smallint NOT NULL GENERATED ALWAYS AS ((hashtextextended(key, 0) & 7)::smallint) STORED,
        topic text NOT NULL,
        key text NOT NULL,
        version bigint NOT NULL,
        value bytea NOT NULL,
        headers jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        published_at timestamptz,
        kafka_partition integer,
        kafka_offset bigint,
        attempts integer NOT NULL DEFAULT 0,
        last_error text,
        CONSTRAINT outbox_topic_key_version UNIQUE (topic, key, version)
      );
      CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
      CREATE TABLE outbox_lease (
        shard smallint PRIMARY KEY,
        holder text,
        epoch bigint NOT NULL DEFAULT 0,
        expires_at timestamptz NOT NULL DEFAULT '-infinity'
      );
      INSERT INTO outbox_lease (shard) SELECT generate_series(0, 7);`,
  };
}

/** The processes that publish, so that they can share the shards. Needs the outbox. */
export function outboxRelayMigration(): Migration {
  return {
    name: "platform_outbox_002",
    sql: `
      CREATE TABLE outbox_relay (
        holder text PRIMARY KEY,
        expires_at timestamptz NOT NULL
      );`,
  };
}

/**
 * Writes a message into the caller's transaction; it is published after the commit, at least once, in order per key. The trace of now is kept with it,
 * and the relay's PRODUCER span hangs there. A second message of the same topic, key and version is a unique violation of `outbox_topic_key_version`.
 */
export async function enqueue(
  tx: Transaction,
  { topic, key, version, value, headers }: OutboxMessage,
): Promise<void> {
  await tx.execute("INSERT INTO outbox (topic, key, version, value, headers) VALUES ($1, $2, $3, $4, $5)", [
    topic,
    key,
    version,
    value,
    JSON.stringify({ ...headers, ...injectTrace() }),
  ]);
  tx.onCommit(() => wakeRelays(tx.database));
}
