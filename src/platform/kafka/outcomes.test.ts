import { AppError } from "../errors";
import { createTestHost, testKafka, until, type LogLine, type TestHost, type TestKafka } from "../testing";
import { openKafka, startConsumer, type Kafka, type OutgoingMessage } from ".";

let test: TestKafka;
let host: TestHost;
let kafka: Kafka;

beforeEach(async () => {
  test = await testKafka();
  host = createTestHost("kafka");
  host.clear();
  kafka = await test.open(host);
});
afterEach(() => host.close());

const message = (key: string, text = key): OutgoingMessage => ({
  topic: test.topic,
  key,
  value: Buffer.from(text),
});
const spansOf = (kind: "send" | "process") => host.spans().filter(({ name }) => name.startsWith(`${kind} `));
const linesOf = (text: string) => host.logs.filter(({ msg }) => msg?.startsWith(text));
const address = () => {
  const [, name, port] = /^(.*):(\d+)$/.exec(test.config.brokers[0] ?? "") ?? [];
  return { "server.address": name, "server.port": Number(port) };
};

describe("sending", () => {
  const absent = { topic: "no.such.topic", value: Buffer.from("1") };
  const endings = [
    { title: "an acknowledged batch", batch: () => [message("a"), message("b", "22")], outcome: "ok" },
    {
      title: "a batch that is refused",
      batch: () => [absent, absent],
      outcome: "error",
      reason: "TOPIC_UNUSABLE",
    },
    {
      title: "a batch that reaches nobody",
      batch: () => [message("a"), message("b")],
      brokers: ["127.0.0.1:1"],
      outcome: "transient",
      reason: "KAFKA_UNAVAILABLE",
    },
  ];

  it.each(endings)(
    "$title: metric, spans and log say $outcome",
    async ({ batch, brokers, outcome, reason }) => {
      if (brokers) {
        await host.close();
        host = createTestHost("kafka");
        kafka = await host.own(openKafka(host, { ...test.config, brokers }));
      }
      const messages = batch();
      await kafka.sendBatch(messages).catch(() => undefined);
      expect(await host.metric("kafka_publish_duration_seconds_count", { outcome })).toBe(1);
      expect(await host.metric("kafka_publish_duration_seconds_count")).toBe(1);
      expect(await host.metric("kafka_published_total")).toBe(reason ? 0 : 2);
      expect(await host.metric("kafka_publish_errors_total", reason ? { reason } : {})).toBe(reason ? 2 : 0);
      expect(await host.metric("kafka_publish_in_flight")).toBe(0);
      const spans = spansOf("send");
      expect(spans).toHaveLength(2);
      for (const { kind, status, attributes } of spans) {
        expect({ kind, code: status.code }).toEqual({ kind: 3, code: reason ? 2 : 0 });
        expect(attributes).toMatchObject({
          "messaging.system": "kafka",
          "messaging.operation.name": "send",
          "messaging.operation.type": "send",
          "messaging.destination.name": messages[0]?.topic,
          "messaging.client.id": "kafka/kafka-1",
          ...(brokers ? { "server.address": "127.0.0.1", "server.port": 1 } : address()),
        });
        expect(attributes["error.type"]).toBe(reason);
        expect("messaging.kafka.offset" in attributes).toBe(reason === undefined);
      }
      const lines = linesOf(reason ? "messages not sent" : "messages sent");
      expect(lines).toEqual([
        expect.objectContaining({ level: outcome === "error" ? "error" : "debug", outcome, messages: 2 }),
      ]);
      const { traceId } = spans[0]!.spanContext();
      expect(lines[0]?.["trace_id"]).toBe(traceId);
      expect(exemplarsOf("kafka_publish_duration_seconds", await host.metricsText())).toEqual([traceId]);
    },
  );
});

describe("consuming", () => {
  const unavailable = new AppError({ category: "unavailable", reason: "DOWN", message: "down" });
  const cancelled = new AppError({ category: "cancelled", reason: "LEFT", message: "left" });
  const endings = [
    { title: "a handler that resolves", fail: undefined, outcome: "ok", level: "info" },
    {
      title: "something that is down",
      fail: () => Promise.reject(unavailable),
      outcome: "transient",
      level: "warn",
      type: "DOWN",
    },
    {
      title: "a handler that rejects",
      fail: () => Promise.reject(new TypeError("bug")),
      outcome: "error",
      level: "error",
      type: "TypeError",
    },
    {
      title: "a handler that throws at once",
      fail: () => {
        throw new RangeError("bug");
      },
      outcome: "error",
      level: "error",
      type: "RangeError",
    },
    {
      title: "a handler that gives up",
      fail: () => Promise.reject(cancelled),
      outcome: "transient",
      level: "warn",
      type: "LEFT",
    },
  ];

  it.each(endings)("$title: metric, span and log say $outcome", async ({ fail, outcome, level, type }) => {
    let handled = 0;
    let within = 0;
    const { group, topic } = test;
    await host.own(
      startConsumer(host, kafka, {
        group,
        topic,
        handle: (): Promise<void> => {
          if (handled++ > 0 || !fail) {
            return host
              .metric("kafka_consume_in_flight", { topic, group })
              .then((now) => void (within = now));
          }
          return fail();
        },
      }),
    );
    await kafka.send(message("order-1"));
    await until(() => linesOf("message handled").length === 1);
    const labels = { topic, group, outcome };
    expect(await host.metric("kafka_consumed_total", labels)).toBe(1);
    expect(await host.metric("kafka_consumed_total")).toBe(fail ? 2 : 1);
    expect(await host.metric("kafka_consume_duration_seconds_count", labels)).toBe(1);
    expect(await host.metric("kafka_consume_delay_seconds_count")).toBe(1);
    expect(within).toBe(1);
    expect(await host.metric("kafka_consume_in_flight", { topic, group })).toBe(0);
    const [first] = spansOf("process");
    expect(first).toMatchObject({ kind: 4, status: { code: fail ? 2 : 0 } });
    expect(first?.attributes).toMatchObject({
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.name": topic,
      "messaging.consumer.group.name": group,
      "messaging.kafka.message.key": "order-1",
      "messaging.kafka.offset": 0,
      ...address(),
    });
    expect(first?.attributes["error.type"]).toBe(type);
    const { traceId } = first!.spanContext();
    const line = host.logs.find((each: LogLine) => each["outcome"] === outcome && "offset" in each);
    expect(line).toMatchObject({ level, trace_id: traceId, order_id: "order-1" });
    expect(exemplarsOf("kafka_consume_duration_seconds", await host.metricsText())).toContain(traceId);
  });
});

/** The trace ids on a metric's lines. */
function exemplarsOf(name: string, text: string): string[] {
  const lines = text.split("\n").filter((line) => line.startsWith(name));
  return lines.flatMap((line) => /# \{trace_id="([^"]+)"\}/.exec(line)?.[1] ?? []);
}
