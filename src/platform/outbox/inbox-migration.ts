import type { Migration } from "../postgres";

/** What a consumer group keeps beside its own rows: messages that wait, messages set aside, keys that are blocked. Needs the outbox. */
export function inboxMigration(): Migration {
  return {
    name: "platform_inbox_001",
    sql: `
      CREATE TABLE dead_letter (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        consumer_group text NOT NULL,
        topic text NOT NULL,
        -- Where it was read; both are null for a copy that was fetched from the holder.
        kafka_partition integer,
        kafka_offset bigint,
        key text,
        version bigint,
        reason text NOT NULL,
        error text NOT NULL,
        value bytea NOT NULL,
        headers jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        resolved_at timestamptz,
        resolution text,
        CONSTRAINT dead_letter_place UNIQUE (consumer_group, topic, kafka_partition, kafka_offset)
      );
      CREATE INDEX dead_letter_open ON dead_letter (consumer_group, topic, key) WHERE resolved_at IS NULL;
      CREATE TABLE blocked_key (
        consumer_group text NOT NULL,
        topic text NOT NULL,
        key text NOT NULL,
        dead_letter_id bigint NOT NULL REFERENCES dead_letter,
        blocked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (consumer_group, topic, key)
      );
      CREATE TABLE parked_message (
        consumer_group text NOT NULL,
        topic text NOT NULL,
        kafka_partition integer NOT NULL,
        kafka_offset bigint NOT NULL,
        key text NOT NULL,
        version bigint NOT NULL,
        value bytea NOT NULL,
        headers jsonb NOT NULL,
        parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL,
        PRIMARY KEY (consumer_group, topic, kafka_partition, kafka_offset)
      );
      CREATE INDEX parked_message_key ON parked_message (consumer_group, topic, key, version);
      CREATE INDEX parked_message_due ON parked_message (consumer_group, topic, next_attempt_at);`,
  };
}
