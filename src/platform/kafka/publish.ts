import {
  context,
  currentTraceId,
  extractTrace,
  injectTrace,
  recordError,
  SpanKind,
  startSpan,
  type Logger,
  type Metrics,
  type Span,
} from "../telemetry";
import { isTransient } from "../errors";
import { asKafkaError } from "./errors";
import { publishDuration, publishedTotal, publishErrorsTotal } from "./metrics";
import type { ReplaceableProducer } from "./producer";
import type { OutgoingMessage, Placement } from "./types";

/** Sends and tells the observers: a PRODUCER span per message, one metric per topic, one log line per failed batch. */
export function createPublisher(producer: ReplaceableProducer, metrics: Metrics, log: Logger) {
  const published = metrics.counter(publishedTotal);
  const errors = metrics.counter(publishErrorsTotal);
  const duration = metrics.histogram(publishDuration).child({});

  return async (messages: readonly OutgoingMessage[]): Promise<Placement[]> => {
    if (messages.length === 0) return [];
    const spanned = messages.map(withProducerSpan);
    const startedAt = performance.now();
    try {
      const placements = await producer.send(spanned.map(({ message }) => message));
      placements.forEach(({ partition, offset }, at) => {
        spanned[at]?.span.setAttributes({
          "messaging.destination.partition.id": String(partition),
          "messaging.kafka.offset": Number(offset),
        });
      });
      for (const { message } of spanned) published.inc({ topic: message.topic });
      return placements;
    } catch (caught) {
      const error = asKafkaError(caught);
      for (const { span, message } of spanned) {
        recordError(span, error);
        errors.inc({ topic: message.topic, reason: error.reason });
      }
      // Who sends for ever says itself, once, that it cannot.
      const level = isTransient(error) ? "debug" : "error";
      const topics = [...new Set(messages.map(({ topic }) => topic))];
      log[level]({ err: error, topics, messages: messages.length }, "messages not sent");
      throw error;
    } finally {
      duration.observe((performance.now() - startedAt) / 1_000, currentTraceId());
      for (const { span } of spanned) span.end();
    }
  };
}

/** The span hangs under the context that the message brings along (an outbox row), else under the running one; its own context travels on. */
function withProducerSpan(message: OutgoingMessage): { message: OutgoingMessage; span: Span } {
  const stored = message.headers?.["traceparent"] !== undefined;
  const parent = stored ? extractTrace(message.headers ?? {}) : context.active();
  const { span, context: inside } = startSpan(`send ${message.topic}`, {
    kind: SpanKind.PRODUCER,
    parent,
    attributes: {
      "messaging.system": "kafka",
      "messaging.operation.name": "send",
      "messaging.operation.type": "send",
      "messaging.destination.name": message.topic,
      "messaging.message.body.size": message.value.length,
      ...(message.key !== undefined && {
        "messaging.kafka.message.key": message.key,
        "order.id": message.key,
      }),
    },
  });
  return { message: { ...message, headers: { ...message.headers, ...injectTrace(inside) } }, span };
}
