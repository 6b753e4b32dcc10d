import type { ServiceHost } from "../lifecycle";
import type { KafkaConfig } from "./config";
import type { Consumer, ConsumerOptions, Kafka } from "./types";
export { kafkaConfig, type KafkaConfig } from "./config";
export type {
  Consumer,
  ConsumerOptions,
  Kafka,
  KafkaMessage,
  OutgoingMessage,
  Placement,
  TopicSpec,
} from "./types";
export declare function openKafka(host: ServiceHost, config: KafkaConfig): Promise<Kafka>;
export declare function startConsumer(
  host: ServiceHost,
  kafka: Kafka,
  options: ConsumerOptions,
): Promise<Consumer>;
