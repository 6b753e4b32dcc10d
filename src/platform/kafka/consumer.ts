import { setTimeout as sleep } from "node:timers/promises";
import type { Consumer as KafkaJsConsumer, EachBatchPayload } from "kafkajs";
import { planted } from "../config";
import type { ServiceHost } from "../lifecycle";
import type { CounterSlot, GaugeSlot, Logger } from "../telemetry";
import { patientRetry } from "./client";
import { createDelivery, toMessage, type Delivery } from "./deliver";
import { asKafkaError } from "./errors";
import { internalsOf, type Internals } from "./kafka";
import { consumerAssigned, consumerPaused, consumerRestartsTotal } from "./metrics";
import { PausedPartitions } from "./paused-partitions";
import type { Consumer, ConsumerOptions, Kafka } from "./types";

/** Longer than any wait inside kafkajs that still leads somewhere: a join with its rebalance, its retries. */
const stuckAfterMs = 90_000;
const commitEveryMs = 1_000;

/**
 * Reads a topic for a group. Returns at once and connects in the background, for ever: a broker that is down or a topic that does not exist yet is
 * waited for. Offsets are committed after `handle` has resolved, so a crash delivers again what was in hand. Close it with `host.own`.
 */
export async function startConsumer(
  host: ServiceHost,
  kafka: Kafka,
  options: ConsumerOptions,
): Promise<Consumer> {
  return new GroupConsumer(host, internalsOf(kafka), options);
}

/**
 * A chain of sessions, each with a kafkajs consumer of its own. A session ends when it cannot connect, when kafkajs gives up ("crash"), when it shows no
 * sign of life, or by `close`; all but the last are followed by another one. Within a session kafkajs rebalances by itself: it waits for the
 * batches in hand before it joins again, and they end after the current message once a heartbeat has told of the rebalance.
 */
class GroupConsumer implements Consumer {
  readonly group: string;
  readonly topic: string;
  readonly #options: ConsumerOptions;
  readonly #internals: Internals;
  readonly #log: Logger;
  readonly #deliver: Delivery;
  readonly #paused: PausedPartitions;
  readonly #assignedGauge: GaugeSlot;
  readonly #restarts: (reason: string) => CounterSlot;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  readonly #inHand = new Set<Promise<void>>();
  #assigned: readonly number[] = [];
  #aliveAt = Date.now();

  constructor(host: ServiceHost, internals: Internals, options: ConsumerOptions) {
    const { group, topic } = options;
    this.group = group;
    this.topic = topic;
    this.#options = options;
    this.#internals = internals;
    this.#log = host.log.child({ group, topic });
    this.#deliver = createDelivery(options, host.metrics, host.log, internals.attributes);
    this.#paused = new PausedPartitions(host.metrics.gauge(consumerPaused).child({ topic, group }));
    this.#assignedGauge = host.metrics.gauge(consumerAssigned).child({ topic, group });
    this.#restarts = (reason) => host.metrics.counter(consumerRestartsTotal).child({ topic, group, reason });
    for (const reason of ["crash", "connect", "stuck"]) this.#restarts(reason);
    this.#running = this.#run();
  }

  get name(): string {
    return `consumer ${this.group} of ${this.topic}`;
  }

  assigned(): readonly number[] {
    return this.#assigned;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#closing.signal.aborted;) {
      const startedAt = Date.now();
      const reason = await this.#session();
      if (reason === "closed") return;
      this.#restarts(reason).inc();
      failures = Date.now() - startedAt > 30_000 ? 0 : failures + 1;
      await sleep(Math.min(5_000, 200 * 2 ** failures), undefined, { signal: this.#closing.signal }).catch(
        () => undefined,
      );
    }
  }

  async #session(): Promise<"closed" | "crash" | "connect" | "stuck"> {
    const { sessionTimeoutMs } = this.#internals.config;
    const consumer = this.#internals.patientClient.consumer({
      groupId: this.group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / 5),
      rebalanceTimeout: 30_000,
      // Also the time that a resumed partition and a stop may have to wait for: with everything paused kafkajs sleeps that long.
      maxWaitTimeInMs: 300,
      allowAutoTopicCreation: false,
      retry: { ...patientRetry, restartOnFailure: async () => false },
    });
    const over = new AbortController();
    const ended = this.#watch(consumer, over.signal);
    try {
      // A stop does not wait for a broker that does not answer.
      const started = this.#start(consumer, over.signal).then(() => ended);
      return await Promise.race([
        started,
        aborted(this.#closing.signal, over.signal).then(() => "closed" as const),
      ]);
    } catch (error) {
      this.#log.warn({ err: asKafkaError(error) }, "consumer could not start, trying again");
      return "connect";
    } finally {
      over.abort();
      this.#paused.clear();
      await this.#end(consumer);
      this.#setAssigned([]);
    }
  }

  /** Waits for the messages in hand; then leaves the group, which must not hold up a stop while no broker answers. */
  async #end(consumer: KafkaJsConsumer): Promise<void> {
    const longestMs = (this.#options.handleTimeoutMs ?? 30_000) + 5_000;
    await within(longestMs, Promise.allSettled(this.#inHand));
    await within(3_000, consumer.disconnect());
  }

  async #start(consumer: KafkaJsConsumer, over: AbortSignal): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topic: this.topic, fromBeginning: this.#options.fromBeginning ?? true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#options.concurrency ?? 4,
      eachBatch: (payload) => {
        const handling = this.#handle(consumer, payload, over);
        this.#inHand.add(handling);
        return handling.finally(() => this.#inHand.delete(handling));
      },
    });
  }

  /** Resolves when the session must end by itself. */
  #watch(consumer: KafkaJsConsumer, over: AbortSignal): Promise<"crash" | "stuck"> {
    const { CRASH, GROUP_JOIN, HEARTBEAT, FETCH, END_BATCH_PROCESS } = consumer.events;
    const alive = () => void (this.#aliveAt = Date.now());
    alive();
    consumer.on(HEARTBEAT, alive);
    consumer.on(FETCH, alive);
    consumer.on(END_BATCH_PROCESS, alive);
    consumer.on(GROUP_JOIN, ({ payload }) => {
      alive();
      this.#setAssigned(payload.memberAssignment[this.topic] ?? []);
      this.#log.info({ partitions: this.#assigned }, "consumer joined its group");
    });
    return new Promise((resolve) => {
      const timer = setInterval(() => Date.now() - this.#aliveAt > stuckAfterMs && resolve("stuck"), 5_000);
      over.addEventListener("abort", () => clearInterval(timer), { once: true });
      consumer.on(CRASH, ({ payload }) => {
        this.#log.warn({ err: payload.error }, "consumer lost, making another one");
        resolve("crash");
      });
    });
  }

  async #handle(consumer: KafkaJsConsumer, payload: EachBatchPayload, over: AbortSignal): Promise<void> {
    const { batch, heartbeat, resolveOffset, pause, isRunning, isStale } = payload;
    let revoked: unknown;
    // kafkajs itself heartbeats only between batches, and a slow message must not cost the membership.
    const beat = setInterval(
      () => heartbeat().catch((error: unknown) => (revoked ??= error)),
      this.#internals.config.sessionTimeoutMs / 5,
    );
    let next: string | undefined;
    let committedAt = Date.now();
    const commit = async () => {
      if (next === undefined) return;
      const offset = next;
      next = undefined;
      committedAt = Date.now();
      await payload.commitOffsetsIfNecessary({
        topics: [{ topic: this.topic, partitions: [{ partition: batch.partition, offset }] }],
      });
    };
    try {
      await heartbeat();
      for (const raw of batch.messages) {
        if (revoked !== undefined || !isRunning() || isStale() || this.#closing.signal.aborted) break;
        if (planted("offset-first")) {
          next = (BigInt(raw.offset) + 1n).toString();
          await commit();
        }
        if (!(await this.#deliver(toMessage(this.topic, batch.partition, raw)))) {
          // A consumer that is leaving throws when it is told to go on.
          if (over.aborted) break;
          pause();
          this.#paused.pause(batch.partition, () =>
            consumer.resume([{ topic: this.topic, partitions: [batch.partition] }]),
          );
          break;
        }
        this.#paused.succeeded(batch.partition);
        resolveOffset(raw.offset);
        next = (BigInt(raw.offset) + 1n).toString();
        if (Date.now() - committedAt > commitEveryMs) await commit();
      }
      // Also after a revocation: until the group has been formed anew the broker takes the offsets of the old generation.
      await commit();
    } finally {
      clearInterval(beat);
    }
    if (revoked !== undefined) throw revoked;
  }

  #setAssigned(partitions: readonly number[]): void {
    this.#assigned = [...partitions].sort((a, b) => a - b);
    this.#assignedGauge.set(partitions.length);
  }
}

/** Waits for `work`, whatever becomes of it, but no longer than that. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal });
  await Promise.race([work, late]).catch(() => undefined);
  timer.abort();
  await late.catch(() => undefined);
}

function aborted(signal: AbortSignal, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true, signal: until });
  });
}
