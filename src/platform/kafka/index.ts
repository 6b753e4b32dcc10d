export {
  offsetsAt,
  readCluster,
  readPositions,
  type ClusterState,
  type GroupState,
  type PartitionEnds,
  type TopicEnds,
  type TopicPositions,
} from "./cluster";
export { kafkaConfig, type KafkaConfig } from "./config";
export { startConsumer } from "./consumer";
export { openKafka, type KafkaOptions } from "./kafka";
export { placeKey, readRecords, type RecordPlace } from "./read-records";
export type {
  Consumer,
  ConsumerOptions,
  Kafka,
  KafkaMessage,
  OutgoingMessage,
  Placement,
  TopicSpec,
} from "./types";
