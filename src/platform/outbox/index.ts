import type { ServiceHost } from "../lifecycle";
import type { Migration, Transaction } from "../postgres";
import type {
  Decoded,
  OutboxMessage,
  Relay,
  RelayOptions,
  VersionedConsumer,
  VersionedConsumerOptions,
} from "./types";
export { PoisonError, UndecodableError } from "./errors";
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
export declare function outboxMigration(): Migration;
export declare function inboxMigration(): Migration;
export declare function enqueue(tx: Transaction, message: OutboxMessage): Promise<void>;
export declare function startOutboxRelay(host: ServiceHost, options: RelayOptions): Promise<Relay>;
export declare function startVersionedConsumer<D extends Decoded>(
  host: ServiceHost,
  options: VersionedConsumerOptions<D>,
): Promise<VersionedConsumer>;
