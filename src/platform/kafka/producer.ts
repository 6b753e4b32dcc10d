import { Partitioners, type Kafka as KafkaJs, type Message, type Producer } from "kafkajs";
import { AppError } from "../errors";
import type { Counter } from "../telemetry";
import { retry } from "./client";
import { asKafkaError } from "./errors";
import type { OutgoingMessage, Placement } from "./types";

/**
 * Sends batches one after another through an idempotent producer, and replaces the producer after every failure.
 *
 * Both are needed because kafkajs takes sequence numbers back when a request fails. If that request had been written after all, the next one, with
 * other messages, bears the same numbers: the broker then acknowledges it as a duplicate and drops it, a silent loss (kafkajs 2.2.4,
 * `producer/sendMessages.js`, `updateSequence(-n)`). Within one call kafkajs repeats the same messages under the same numbers, which is what they
 * are for. A new producer has a new id; what the old one wrote late is a duplicate.
 */
export class ReplaceableProducer {
  readonly #client: KafkaJs;
  readonly #timeoutMs: number;
  readonly #replacements: Counter<never>;
  #producer: Promise<Producer> | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** kafkajs decides the partition of each message object; its answer names only a partition's first offset. */
  readonly #partitions = new WeakMap<Message, number>();

  constructor(client: KafkaJs, timeoutMs: number, replacements: Counter<never>) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.#replacements = replacements;
  }

  send(messages: readonly OutgoingMessage[]): Promise<Placement[]> {
    const result = this.#tail.then(() => this.#sendNow(messages));
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.#tail;
    this.#closed = true;
    const producer = await this.#producer?.catch(() => undefined);
    this.#producer = undefined;
    await producer?.disconnect();
  }

  async #sendNow(messages: readonly OutgoingMessage[]): Promise<Placement[]> {
    if (this.#closed)
      throw new AppError({
        category: "unavailable",
        reason: "KAFKA_CLOSED",
        message: "The Kafka client is closed.",
      });
    const prepared = messages.map((message) => ({ topic: message.topic, message: prepare(message) }));
    // One entry per message: kafkajs merges those of a topic, in order.
    const topicMessages = prepared.map(({ topic, message }) => ({ topic, messages: [message] }));
    try {
      const producer = await this.#connected();
      const answers = await producer.sendBatch({ acks: -1, timeout: this.#timeoutMs, topicMessages });
      const nextOffset = new Map(
        answers.map((answer) => [`${answer.topicName}/${answer.partition}`, BigInt(answer.baseOffset ?? -1)]),
      );
      return prepared.map(({ topic, message }) => this.#placementOf(topic, message, nextOffset));
    } catch (error) {
      this.#replace();
      throw asKafkaError(error);
    }
  }

  #placementOf(topic: string, message: Message, nextOffset: Map<string, bigint>): Placement {
    const partition = this.#partitions.get(message);
    const key = `${topic}/${partition}`;
    const offset = nextOffset.get(key);
    // kafkajs can leave a partition out without an error when its leader moves to a broker that has answered already.
    if (partition === undefined || offset === undefined || offset < 0n)
      throw new Error(`the broker did not acknowledge ${key}`);
    nextOffset.set(key, offset + 1n);
    return { partition, offset: offset.toString() };
  }

  #connected(): Promise<Producer> {
    this.#producer ??= this.#connect();
    return this.#producer;
  }

  async #connect(): Promise<Producer> {
    const producer = this.#client.producer({
      idempotent: true,
      // More than one in flight can be reordered by a retry: kafkajs does not hold back what follows.
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: () => {
        const partition = Partitioners.DefaultPartitioner();
        return (args) => {
          const chosen = partition(args);
          this.#partitions.set(args.message, chosen);
          return chosen;
        };
      },
      retry,
    });
    try {
      await producer.connect();
    } catch (error) {
      void producer.disconnect().catch(() => undefined);
      throw error;
    }
    return producer;
  }

  #replace(): void {
    const old = this.#producer;
    this.#producer = undefined;
    this.#replacements.inc({});
    void old?.then((producer) => producer.disconnect()).catch(() => undefined);
  }
}

function prepare({ key, value, headers }: OutgoingMessage): Message {
  return { key: key ?? null, value, headers: headers ?? {} };
}
