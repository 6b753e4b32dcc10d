export type OutgoingMessage = {
  topic: string;
  /** Decides the partition (murmur2, as in the Java client). Without a key: round robin. */
  key?: string;
  value: Buffer;
  /**
   * `traceparent` and `tracestate` in here name the parent of the PRODUCER span; without them the current context is. What is sent carries
   * the PRODUCER span's own context.
   */
  headers?: Record<string, string>;
};

/** Where the broker put a message, acknowledged by all in-sync replicas. */
export type Placement = { partition: number; offset: string };

export type TopicSpec = {
  topic: string;
  partitions: number;
  replicationFactor?: number;
  config?: Record<string, string>;
};

export type Kafka = {
  readonly brokers: readonly string[];
  send(message: OutgoingMessage): Promise<Placement>;
  /**
   * Sends in the given order per key; answers in that order too. All or nothing is promised to the caller, not to the log: after a failure
   * any part of the batch may have been written, and sending it again writes it twice.
   * Errors: AppError unavailable (transient), or a category that is not retryable when the broker refuses the records as such.
   */
  sendBatch(messages: readonly OutgoingMessage[]): Promise<Placement[]>;
  /** Creates the topics that do not exist; leaves those that do alone. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** Resolves when a broker answers; AppError unavailable otherwise. */
  ping(): Promise<void>;
  /** Finishes what is being sent, then disconnects. Close consumers first: `host.own` does. */
  close(): Promise<void>;
};

export type KafkaMessage = {
  topic: string;
  partition: number;
  offset: string;
  key?: string;
  /** Empty for a tombstone. */
  value: Buffer;
  headers: Record<string, string>;
  timestamp: Date;
};

export type ConsumerOptions = {
  group: string;
  topic: string;
  /** A group without offsets starts here. Default: true. */
  fromBeginning?: boolean;
  /** Partitions handled at the same time by this process. Default: 4. */
  concurrency?: number;
  /** Bound of one message's handling: the deadline of the scope it runs in. Default: 30 s. */
  handleTimeoutMs?: number;
  /**
   * Called in offset order per partition, one message at a time; its offset is committed after it resolves. When it throws, only that partition
   * pauses and the message is handed over again, for ever, with back-off.
   */
  handle: (message: KafkaMessage) => Promise<void>;
};

export type Consumer = {
  readonly group: string;
  readonly topic: string;
  /** The partitions that this process reads now. */
  assigned(): readonly number[];
  /** Finishes the messages in hand, commits their offsets, leaves the group. */
  close(): Promise<void>;
};
