import { Kafka as KafkaJs, logLevel } from "kafkajs";
import type { Logger } from "../telemetry";
import type { KafkaConfig } from "./config";

/** Short, because callers retry for ever themselves, and a stop must not wait for kafkajs to be done with its own retries. */
export const retry = { initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries: 4 };

/**
 * A kafkajs client. What kafkajs logs goes to debug: it reports each of its own retries as an error, while what matters, a failed request or a
 * consumer that was lost, is reported by us.
 */
export function createClient(config: KafkaConfig, clientId: string, log: Logger): KafkaJs {
  return new KafkaJs({
    clientId,
    brokers: [...config.brokers],
    connectionTimeout: 3_000,
    requestTimeout: config.requestTimeoutMs,
    retry,
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => {
      const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...rest } = entry.log;
      log.debug({ kafkajs: { ...rest, namespace: entry.namespace, level: logLevel[entry.level] } }, message);
    },
  });
}
