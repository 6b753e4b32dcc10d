import type { KafkaMessage as RawMessage } from "kafkajs";
import { isTransient } from "../errors";
import {
  extractTrace,
  Operation,
  runInScope,
  SpanKind,
  type Attributes,
  type Logger,
  type Metrics,
  type OperationObservers,
} from "../telemetry";
import { consumedTotal, consumeDelay, consumeDuration, consumeInFlight } from "./metrics";
import type { ConsumerOptions, KafkaMessage } from "./types";

export type Delivery = (message: KafkaMessage) => Promise<boolean>;

/**
 * Hands one message to the handler: in a scope with a deadline, in a CONSUMER span that is the child of the producer's (not linked: Jaeger's UI
 * cannot follow a link from the producer's side). The outcome is settled once and goes to the metric, the span and the log. Never throws.
 * `attributes` are those that all spans have.
 */
export function createDelivery(
  { group, topic, handle, handleTimeoutMs = 30_000 }: ConsumerOptions,
  metrics: Metrics,
  log: Logger,
  attributes: Attributes,
): Delivery {
  const observe = createObservers(group, topic, metrics, log);
  const common = {
    ...attributes,
    "messaging.system": "kafka",
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
    "messaging.destination.name": topic,
    "messaging.consumer.group.name": group,
  };

  async function deliver(message: KafkaMessage): Promise<boolean> {
    const { partition, offset, key } = message;
    const own = {
      "messaging.destination.partition.id": String(partition),
      "messaging.kafka.offset": Number(offset),
      "messaging.message.body.size": message.value.length,
      ...(key !== undefined && { "messaging.kafka.message.key": key, "order.id": key }),
    };
    const span = { kind: SpanKind.CONSUMER, attributes: { ...common, ...own } };
    const operation = new Operation(`process ${topic}`, span, observe(message));
    const bytesIn = message.value.length;
    try {
      await operation.run(() => handle(message));
      operation.settle({ code: "ok", bytesIn });
      return true;
    } catch (error) {
      operation.settle({ code: isTransient(error) ? "transient" : "error", error, bytesIn });
      return false;
    }
  }

  return (message) => {
    const fields: Record<string, string> = message.key === undefined ? {} : { order_id: message.key };
    const scope = { deadlineAt: Date.now() + handleTimeoutMs, fields };
    return runInScope(scope, () => deliver(message), extractTrace(message.headers));
  };
}

function createObservers(group: string, topic: string, metrics: Metrics, log: Logger) {
  const consumed = metrics.counter(consumedTotal);
  const duration = metrics.histogram(consumeDuration);
  const delay = metrics.histogram(consumeDelay).child({ topic, group });
  const inFlight = metrics.gauge(consumeInFlight).child({ topic, group });
  for (const outcome of ["ok", "transient", "error"]) {
    consumed.child({ topic, group, outcome });
    duration.child({ topic, group, outcome });
  }
  const levels: Record<string, "info" | "warn"> = { ok: "info", transient: "warn" };

  return ({ partition, offset, timestamp }: KafkaMessage): OperationObservers => ({
    inFlight,
    count({ code, seconds }, traceId) {
      const labels = { topic, group, outcome: code };
      consumed.inc(labels, 1, { traceId });
      duration.observe(labels, seconds, { traceId });
      if (code === "ok") delay.observe(Math.max(0, Date.now() - timestamp.getTime()) / 1_000, traceId);
    },
    // Whatever the handler says, its message has not been handled.
    isFault: () => true,
    write({ code, error, seconds }) {
      const line = { topic, group, partition, offset, outcome: code, seconds };
      if (error === undefined) log.info(line, "message handled");
      else
        log[levels[code] ?? "error"]({ ...line, err: error }, "message not handled, it is delivered again");
    },
  });
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
