import type { KafkaMessage as RawMessage } from "kafkajs";
import { isTransient } from "../errors";
import {
  currentTraceId,
  extractTrace,
  runInScope,
  SpanKind,
  withSpan,
  type Logger,
  type Metrics,
} from "../telemetry";
import { consumedTotal, consumeDelay, consumeDuration } from "./metrics";
import type { ConsumerOptions, KafkaMessage } from "./types";

export type Delivery = (message: KafkaMessage) => Promise<boolean>;

/**
 * Hands one message to the handler: in a scope with a deadline, in a CONSUMER span that is the child of the producer's (not linked: Jaeger's UI
 * cannot follow a link from the producer's side). The outcome is settled once and goes to the metric, the span and the log. Never throws.
 */
export function createDelivery(
  { group, topic, handle, handleTimeoutMs = 30_000 }: ConsumerOptions,
  metrics: Metrics,
  log: Logger,
): Delivery {
  const consumed = metrics.counter(consumedTotal);
  const ok = consumed.child({ topic, group, outcome: "ok" });
  const transient = consumed.child({ topic, group, outcome: "transient" });
  const failed = consumed.child({ topic, group, outcome: "error" });
  const duration = metrics.histogram(consumeDuration).child({ topic, group });
  const delay = metrics.histogram(consumeDelay).child({ topic, group });

  return (message) => {
    const { partition, offset, key } = message;
    const fields: Record<string, string> = key === undefined ? {} : { order_id: key };
    const scope = { deadlineAt: Date.now() + handleTimeoutMs, fields };
    const attributes = {
      "messaging.system": "kafka",
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.name": topic,
      "messaging.destination.partition.id": String(partition),
      "messaging.consumer.group.name": group,
      "messaging.kafka.offset": Number(offset),
      "messaging.message.body.size": message.value.length,
      ...(key !== undefined && { "messaging.kafka.message.key": key, "order.id": key }),
    };
    const work = () =>
      withSpan(`process ${topic}`, { kind: SpanKind.CONSUMER, attributes }, async () => {
        const startedAt = performance.now();
        const line = (outcome: string) => ({
          topic,
          group,
          partition,
          offset,
          outcome,
          seconds: (performance.now() - startedAt) / 1_000,
        });
        try {
          await handle(message);
          ok.inc(1, currentTraceId());
          delay.observe(Math.max(0, Date.now() - message.timestamp.getTime()) / 1_000, currentTraceId());
          log.info(line("ok"), "message handled");
        } catch (error) {
          const passing = isTransient(error);
          (passing ? transient : failed).inc(1, currentTraceId());
          log[passing ? "warn" : "error"](
            { ...line(passing ? "transient" : "error"), err: error },
            "message not handled, it is delivered again",
          );
          throw error;
        } finally {
          duration.observe((performance.now() - startedAt) / 1_000, currentTraceId());
        }
      });
    return runInScope(scope, work, extractTrace(message.headers)).then(
      () => true,
      () => false,
    );
  };
}

export function toMessage(topic: string, partition: number, raw: RawMessage): KafkaMessage {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw.headers ?? {})) {
    const one = Array.isArray(value) ? value.at(-1) : value;
    if (one !== undefined) headers[name] = one.toString();
  }
  return {
    topic,
    partition,
    offset: raw.offset,
    ...(raw.key !== null && { key: raw.key.toString() }),
    value: raw.value ?? Buffer.alloc(0),
    headers,
    timestamp: new Date(Number(raw.timestamp)),
  };
}
