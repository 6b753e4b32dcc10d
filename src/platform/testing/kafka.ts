import { randomBytes } from "node:crypto";
import { defineConfig } from "../config";
import { kafkaConfig, openKafka, type Kafka, type KafkaConfig } from "../kafka";
import type { ServiceHost } from "../lifecycle";
import { createTestHost } from "./host";
import { testServer } from "./servers";

/** A topic and a group of its own on the shared broker. */
export type TestKafka = {
  /** For `openKafka`, or a service's `config.kafka`. */
  readonly config: KafkaConfig;
  readonly brokers: readonly string[];
  /** Exists already. */
  readonly topic: string;
  /** Not used by anybody yet. */
  readonly group: string;
  /** Makes another topic with a unique name. */
  createTopic(partitions?: number, config?: Record<string, string>): Promise<string>;
  /** Opens a port; `host.own` closes it. */
  open(host: ServiceHost): Promise<Kafka>;
};

/** Names a topic and a group on the broker of `TEST_KAFKA_BROKERS`, which jest's global set-up provides. */
export async function testKafka({ partitions = 3 } = {}): Promise<TestKafka> {
  const config = defineConfig({ kafka: kafkaConfig })({
    KAFKA_BROKERS: testServer("TEST_KAFKA_BROKERS"),
  }).kafka;
  const createTopic = async (count = partitions, topicConfig: Record<string, string> = {}) => {
    const topic = `test_${randomBytes(6).toString("hex")}`;
    const host = createTestHost("topics");
    try {
      const kafka = await host.own(openKafka(host, config));
      await kafka.ensureTopics([{ topic, partitions: count, config: topicConfig }]);
    } finally {
      await host.close();
    }
    return topic;
  };
  const topic = await createTopic();
  return {
    config,
    brokers: config.brokers,
    topic,
    group: `group_${topic}`,
    createTopic,
    open: (host) => host.own(openKafka(host, config)),
  };
}
