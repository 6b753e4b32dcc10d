import { setTimeout as sleep } from "node:timers/promises";
import type { Admin, Kafka as KafkaJs } from "kafkajs";
import { AppError } from "../errors";
import type { ServiceHost } from "../lifecycle";
import type { Attributes } from "../telemetry";
import { serverAttributes } from "./addresses";
import { AdminConnection } from "./admin";
import { createClient, patientRetry } from "./client";
import type { KafkaConfig } from "./config";
import { connected, producerReplacementsTotal } from "./metrics";
import { ReplaceableProducer } from "./producer";
import { createPublisher } from "./publish";
import type { Kafka, TopicSpec } from "./types";

/** What the consumers of this folder use of a port; nobody else sees kafkajs. */
export type Internals = {
  patientClient: KafkaJs;
  admin: AdminConnection;
  config: KafkaConfig;
  /** What every span has. */
  attributes: Attributes;
};

const internals = new WeakMap<Kafka, Internals>();

export function internalsOf(kafka: Kafka): Internals {
  const found = internals.get(kafka);
  if (!found) throw new Error("This Kafka port was not made by openKafka.");
  return found;
}

export type KafkaOptions = {
  /** Topics this service needs: made as soon as a broker answers; not ready before. */
  topics?: readonly TopicSpec[];
};

/**
 * Opens the port. Succeeds while no broker can be reached: it connects when there is something to do, for ever, and the readiness check `kafka` says
 * how that goes. Close it with `host.own`.
 */
export async function openKafka(
  host: ServiceHost,
  config: KafkaConfig,
  { topics = [] }: KafkaOptions = {},
): Promise<Kafka> {
  const log = host.log.child({ kafka: config.brokers.join(",") });
  const id = `${host.name}/${host.instance}`;
  const client = createClient(config, id, log);
  const admin = new AdminConnection(client);
  const producer = new ReplaceableProducer(
    client,
    config.requestTimeoutMs,
    host.metrics.counter(producerReplacementsTotal),
  );
  const attributes = { ...serverAttributes(config.brokers), "messaging.client.id": id };
  const publish = createPublisher(producer, host.metrics, log, attributes);
  const reachable = host.metrics.gauge(connected).child({});
  let state: "unknown" | "topics missing" | "ready" = "unknown";

  const kafka: Kafka = {
    brokers: config.brokers,
    send: async (message) => (await publish([message]))[0]!,
    sendBatch: publish,
    ensureTopics: (specs) => ensureTopics(admin, specs),
    ping: () => admin.use(async (each) => void (await each.describeCluster())),
    async close() {
      await watch.close();
      await producer.close();
      await admin.close();
    },
  };
  const patientClient = createClient(config, id, log, patientRetry);
  internals.set(kafka, { patientClient, admin, config, attributes });

  const watch = host.every(
    "kafka connection",
    2_000,
    async () => {
      try {
        await kafka.ping();
        reachable.set(1);
        if (state === "unknown") state = topics.length > 0 ? "topics missing" : "ready";
        if (state === "topics missing") await kafka.ensureTopics(topics);
        state = "ready";
      } catch (error) {
        reachable.set(0);
        if (state === "ready") state = "unknown";
        throw error;
      }
    },
    { maxBackoffMs: 2_000 },
  );
  host.readiness("kafka", async () => {
    if (state !== "ready")
      throw new AppError({
        category: "unavailable",
        reason: "KAFKA_UNAVAILABLE",
        message: notReady(state, config),
      });
  });
  return kafka;
}

function notReady(state: "unknown" | "topics missing", { brokers }: KafkaConfig): string {
  return state === "unknown"
    ? `No broker of ${brokers.join(", ")} answers.`
    : "The service's topics cannot be made.";
}

async function ensureTopics(admin: AdminConnection, specs: readonly TopicSpec[]): Promise<void> {
  await admin.use(async (each) => {
    const existing = new Set(await each.listTopics());
    const missing = specs.filter(({ topic }) => !existing.has(topic));
    if (missing.length === 0) return;
    await each
      .createTopics({
        waitForLeaders: true,
        topics: missing.map(({ topic, partitions, replicationFactor = 1, config = {} }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor,
          configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
        })),
      })
      .catch((error: unknown) => {
        // Another process was faster, or kafkajs asked a broker that had not heard of the new topic yet.
        if (!isAlreadyThere(error) && !isUnheardOf(error)) throw error;
      });
    await untilKnown(
      each,
      missing.map(({ topic }) => topic),
    );
  });
}

/** A topic that has just been made may be unknown to the broker that answers, for a moment. */
async function untilKnown(admin: Admin, topics: string[]): Promise<void> {
  for (let tries = 20; ; tries--) {
    try {
      const found = await admin.fetchTopicMetadata({ topics });
      if (found.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
      if (tries === 0) throw new Error(`Not every partition of ${topics.join(", ")} has a leader.`);
    } catch (error) {
      if (tries === 0 || !isUnheardOf(error)) throw error;
    }
    await sleep(100);
  }
}

function isUnheardOf(error: unknown): boolean {
  return (error as { type?: string }).type === "UNKNOWN_TOPIC_OR_PARTITION";
}

function isAlreadyThere(error: unknown): boolean {
  const { type, errors } = error as { type?: string; errors?: { type?: string }[] };
  return (
    type === "TOPIC_ALREADY_EXISTS" ||
    (errors?.every((each) => each.type === "TOPIC_ALREADY_EXISTS") ?? false)
  );
}
