export { PoisonError, UndecodableError } from "./errors";
export { inboxMigration } from "./inbox-migration";
export { deadLetterRequestMigration } from "./letter-requests";
export { enqueue, outboxMigration, outboxRelayMigration } from "./outbox-table";
export { startOutboxRelay } from "./relay";
export type {
  ApplyOutcome,
  Decoded,
  Levelled,
  MessageSource,
  OutboxMessage,
  Redelivered,
  Relay,
  RelayOptions,
  StoredMessage,
  VersionedConsumer,
  VersionedConsumerOptions,
  VersionedMessage,
} from "./types";
export { startVersionedConsumer } from "./versioned-consumer";
