export { kafkaConfig, type KafkaConfig } from "./config";
export { startConsumer } from "./consumer";
export { openKafka, type KafkaOptions } from "./kafka";
export type {
  Consumer,
  ConsumerOptions,
  Kafka,
  KafkaMessage,
  OutgoingMessage,
  Placement,
  TopicSpec,
} from "./types";
