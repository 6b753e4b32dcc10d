import { Kafka as KafkaJs, logLevel } from "kafkajs";
import type { Logger } from "../telemetry";
import { calmRequestQueues } from "./calm-request-queue";
import type { KafkaConfig } from "./config";

/** Short, because callers retry for ever themselves, and a stop must not wait for kafkajs to be done with its own retries. */
export const retry = { initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries: 4 };

/**
 * For consumers: long enough for a broker that is started again. Who comes back as the same member costs no rebalance, while a new member waits
 * until the session of the old one has expired.
 */
export const patientRetry = { ...retry, retries: 60 };

/**
 * A kafkajs client. What kafkajs logs goes to debug: it reports each of its own retries as an error, while what matters, a failed request or a
 * consumer that was lost, is reported by us.
 */
export function createClient(config: KafkaConfig, clientId: string, log: Logger, retrying = retry): KafkaJs {
  calmRequestQueues();
  return new KafkaJs({
    clientId,
    brokers: [...config.brokers],
    connectionTimeout: 3_000,
    requestTimeout: config.requestTimeoutMs,
    retry: retrying,
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => {
      const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...rest } = entry.log;
      log.debug({ kafkajs: { ...rest, namespace: entry.namespace, level: logLevel[entry.level] } }, message);
    },
  });
}
