import { addresses, integer, variable, type ConfigOf } from "../config";

/** What `openKafka` reads from the environment. */
export const kafkaConfig = {
  brokers: variable("KAFKA_BROKERS", addresses, {
    default: "127.0.0.1:9092",
    description: "the brokers to start from: host:port, several separated by commas",
  }),
  requestTimeoutMs: variable("KAFKA_REQUEST_TIMEOUT_MS", integer(1), {
    default: 10_000,
    description: "how long a broker may take to answer a request, in milliseconds",
  }),
  sessionTimeoutMs: variable("KAFKA_SESSION_TIMEOUT_MS", integer(6_000, 300_000), {
    default: 15_000,
    description: "how long a consumer may be silent before its partitions go to another, in milliseconds",
  }),
};

export type KafkaConfig = ConfigOf<typeof kafkaConfig>;
