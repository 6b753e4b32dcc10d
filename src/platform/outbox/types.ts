import type { Database, Transaction } from "../postgres";
import type { Kafka, KafkaMessage } from "../kafka";

export type OutboxMessage = {
  topic: string;
  /** Messages of one key are published in the order of their insertion. */
  key: string;
  /** Unique per topic and key. */
  version: number;
  value: Buffer;
  headers?: Record<string, string>;
};

export type RelayOptions = {
  db: Database;
  kafka: Kafka;
  /** How often to look for rows while there is work; doubles up to five times this when idle. Default: 50 ms. */
  pollMs?: number;
  /** How long a lease outlives its last renewal; a third of it is the renewal period. Default: 6 s. */
  leaseMs?: number;
  /** Rows per round, over all shards: as many are sent again at most when the process ends between sending and marking. Default: 2,000. */
  batchSize?: number;
};

export type Relay = {
  /** Looks for rows now. Every `enqueue` calls it after commit: only foreign writers need to. */
  wake(): void;
  /** The shards this relay holds now. */
  shards(): readonly number[];
  /** Finishes the batch in hand and gives the leases back. */
  close(): Promise<void>;
};

/** A message as another service keeps it: byte for byte what was published. */
export type StoredMessage = { key: string; version: number; value: Buffer; headers: Record<string, string> };

export type MessageSource = "topic" | "parked" | "fetched" | "redelivered";

export type Decoded = { key: string; version: number };

/** What `apply` is given: `decoded` is what `decode` made of these bytes. */
export type VersionedMessage<D extends Decoded = Decoded> = StoredMessage & {
  decoded: D;
  source: MessageSource;
};

export type ApplyOutcome = "applied" | "duplicate" | "gap";

export type VersionedConsumerOptions<D extends Decoded = Decoded> = {
  db: Database;
  kafka: Kafka;
  topic: string;
  group: string;
  /** Key and version of a message (and whatever else `apply` wants). Throws UndecodableError; any other throw counts as one too. Pure. */
  decode(message: Pick<KafkaMessage, "key" | "value" | "headers">): D;
  /**
   * Writes one message's effect, or says why not. Runs under a lock on (group, key). "gap": nothing was written, an earlier version is missing.
   * Throws PoisonError for what can never succeed; any other error rolls back and is tried again.
   */
  apply(tx: Transaction, message: VersionedMessage<D>): Promise<ApplyOutcome>;
  /** Asks the holder for what is missing: stored messages, contiguous, possibly too few. Called outside transactions. */
  fetchMissing(key: string): Promise<StoredMessage[]>;
  /** After the commit of each applied message: in-process hints only, never truth. */
  onApplied?(message: VersionedMessage<D>): void;
  /** Whether a Kafka key names something that can be blocked. Default: any key that is not empty. */
  isValidKey?(key: string): boolean;
  /** First retry of a parked key; doubles up to a minute. Default: 2 s. */
  retryParkedMs?: number;
  /** Bound of one call of `fetchMissing`. Default: 5 s. */
  fetchTimeoutMs?: number;
  /** How often an error that is neither transient nor poison is tried before it is dead-lettered as UNEXPECTED. Default: 5. */
  unexpectedAttempts?: number;
};

export type Levelled = {
  applied: number;
  /** Whether messages of this key are still parked, waiting for an earlier version. */
  parked: boolean;
  /** Whether a dead letter still blocks this key. */
  blocked: boolean;
};

export type Redelivered = {
  outcome: "applied" | "duplicate" | "parked" | "poison" | "resolved before";
  /** Why it is still poison, and in words. */
  reason?: string;
  error?: string;
};

export type VersionedConsumer = {
  /**
   * Applies copies fetched by the caller (the sweep), in version order, then what is parked. A copy that applies lifts the block of a dead letter
   * of that version or an earlier one, except of a fork: that is a contradiction for people to settle.
   */
  applyFetched(key: string, messages: readonly StoredMessage[]): Promise<Levelled>;
  /** Applies a dead letter inside this group, never by publishing it again; then lifts its block and drains the park. */
  redeliver(deadLetterId: number): Promise<Redelivered>;
  close(): Promise<void>;
};
