import {
  context,
  currentTraceId,
  extractTrace,
  injectTrace,
  recordError,
  SpanKind,
  startSpan,
  type Attributes,
  type Context,
  type Logger,
  type Metrics,
  type Outcome,
  type Span,
} from "../telemetry";
import { isTransient } from "../errors";
import { asKafkaError } from "./errors";
import { publishDuration, publishedTotal, publishErrorsTotal, publishInFlight } from "./metrics";
import type { ReplaceableProducer } from "./producer";
import type { OutgoingMessage, Placement } from "./types";

type Spanned = { message: OutgoingMessage; span: Span; inside: Context };

/**
 * Sends batches and settles each once: one outcome for the PRODUCER spans of its messages, the metrics and one log line. `attributes` are those
 * that all spans have.
 */
export function createPublisher(
  producer: ReplaceableProducer,
  metrics: Metrics,
  log: Logger,
  attributes: Attributes,
) {
  const published = metrics.counter(publishedTotal);
  const errors = metrics.counter(publishErrorsTotal);
  const duration = metrics.histogram(publishDuration);
  const inFlight = metrics.gauge(publishInFlight).child({});
  for (const outcome of ["ok", "transient", "error"]) duration.child({ outcome });

  function count({ code, error, seconds }: Outcome, batch: readonly Spanned[]): void {
    for (const { message, inside } of batch) {
      const link = { traceId: currentTraceId(inside) };
      if (error === undefined) published.inc({ topic: message.topic }, 1, link);
      else errors.inc({ topic: message.topic, reason: asKafkaError(error).reason }, 1, link);
    }
    duration.observe({ outcome: code }, seconds, { traceId: batch[0] && currentTraceId(batch[0].inside) });
  }

  function write({ code, error, seconds, messagesOut, bytesOut }: Outcome, batch: readonly Spanned[]): void {
    // Who sends for ever says itself, once, that it cannot.
    const level = code === "error" ? "error" : "debug";
    const topics = [...new Set(batch.map(({ message }) => message.topic))];
    const line = { topics, messages: messagesOut, bytes_out: bytesOut, outcome: code, seconds };
    if (error === undefined) log[level](line, "messages sent");
    else log[level]({ ...line, err: error }, "messages not sent");
  }

  return async (messages: readonly OutgoingMessage[]): Promise<Placement[]> => {
    if (messages.length === 0) return [];
    const batch = messages.map((message) => withProducerSpan(message, attributes));
    const startedAt = performance.now();
    inFlight.inc(batch.length);
    const settle = (code: string, error?: unknown): void => {
      inFlight.dec(batch.length);
      const bytesOut = messages.reduce((sum, { value }) => sum + value.length, 0);
      const seconds = (performance.now() - startedAt) / 1_000;
      const outcome: Outcome = { code, error, seconds, messagesOut: messages.length, bytesOut };
      count(outcome, batch);
      for (const { span } of batch) {
        if (error !== undefined) recordError(span, error);
        span.end();
      }
      context.with(batch[0]?.inside ?? context.active(), () => write(outcome, batch));
    };
    let placements: Placement[];
    try {
      placements = await producer.send(batch.map(({ message }) => message));
    } catch (caught) {
      const error = asKafkaError(caught);
      settle(isTransient(error) ? "transient" : "error", error);
      throw error;
    }
    placements.forEach(({ partition, offset }, at) => {
      batch[at]?.span.setAttributes({
        "messaging.destination.partition.id": String(partition),
        "messaging.kafka.offset": Number(offset),
      });
    });
    settle("ok");
    return placements;
  };
}

/** The span hangs under the context that the message brings along (an outbox row), else under the running one; its own context travels on. */
function withProducerSpan(message: OutgoingMessage, attributes: Attributes): Spanned {
  const stored = message.headers?.["traceparent"] !== undefined;
  const parent = stored ? extractTrace(message.headers ?? {}) : context.active();
  const { span, context: inside } = startSpan(`send ${message.topic}`, {
    kind: SpanKind.PRODUCER,
    parent,
    attributes: {
      ...attributes,
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
  return { message: { ...message, headers: { ...message.headers, ...injectTrace(inside) } }, span, inside };
}
