import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../errors";
import { currentScope, withSpan } from "../telemetry";
import { createTestHost, testKafka, until, type TestHost, type TestKafka } from "../testing";
import { openKafka, startConsumer, type Kafka, type KafkaMessage } from ".";

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

const message = (key: string, text: string) => ({ topic: test.topic, key, value: Buffer.from(text) });
const consume = (handle: (m: KafkaMessage) => Promise<void>, on: TestHost = host, port: Kafka = kafka) =>
  on.own(startConsumer(on, port, { group: test.group, topic: test.topic, handle }));

describe("sending", () => {
  it("tells partition and offset of each message, in the order given", async () => {
    const first = await kafka.send(message("a", "1"));
    const rest = await kafka.sendBatch([message("a", "2"), message("b", "1"), message("a", "3")]);
    expect(rest[0]).toEqual({ partition: first.partition, offset: String(Number(first.offset) + 1) });
    expect(Number(rest[2]?.offset)).toBeGreaterThan(Number(rest[0]?.offset));
    expect(await host.metric("kafka_published_total", { topic: test.topic })).toBe(4);
  });

  it("to a topic that does not exist fails, and later messages are sent all the same", async () => {
    await expect(
      kafka.send({ topic: "no.such.topic", key: "a", value: Buffer.from("1") }),
    ).rejects.toMatchObject({ reason: "TOPIC_UNUSABLE" });
    expect(await kafka.send(message("a", "1"))).toMatchObject({ offset: "0" });
    expect(await host.metric("kafka_producer_replacements_total")).toBe(1);
  });

  it("costs no later message when the answer to an earlier one was lost", async () => {
    const { prototype } = jest.requireActual<{
      prototype: { produce(...args: unknown[]): Promise<unknown> };
    }>("kafkajs/src/broker");
    const lost = jest.spyOn(prototype, "produce").mockImplementationOnce(async function (
      this: typeof prototype,
      ...args
    ) {
      lost.mockRestore();
      await this.produce(...args);
      throw Object.assign(new Error("the answer was lost"), { retriable: false });
    });
    await expect(kafka.send(message("a", "1"))).rejects.toMatchObject({ category: "unavailable" });
    // kafkajs by itself sends this one under the first one's sequence number: acknowledged, and not on the topic.
    await kafka.send(message("a", "2"));
    const seen: string[] = [];
    await consume(async ({ value }) => void seen.push(value.toString()));
    await until(() => seen.length === 2);
    expect(seen).toEqual(["1", "2"]);
  });

  it("what is too large is refused as such", async () => {
    const topic = await test.createTopic(1, { "max.message.bytes": "1000" });
    await expect(kafka.send({ topic, value: Buffer.alloc(5_000) })).rejects.toMatchObject({
      reason: "MESSAGE_REFUSED",
    });
  });

  it("fails as unavailable when no broker answers, and so does the readiness check", async () => {
    const lonely = createTestHost("lonely");
    const port = await lonely.own(openKafka(lonely, { ...test.config, brokers: ["127.0.0.1:1"] }));
    await expect(port.send(message("a", "1"))).rejects.toMatchObject({
      category: "unavailable",
      reason: "KAFKA_UNAVAILABLE",
    });
    expect((await lonely.ready()).ready).toBe(false);
    await lonely.close();
  });

  it("makes the topics that the service needs before it is ready", async () => {
    const other = createTestHost("other");
    const topic = `${test.topic}_needed`;
    const port = await other.own(openKafka(other, test.config, { topics: [{ topic, partitions: 2 }] }));
    await until(async () => (await other.ready()).ready);
    expect((await port.send({ topic, value: Buffer.from("1") })).offset).toBe("0");
    await other.close();
  });
});

describe("a connection", () => {
  it("that waits for messages does not look for requests of its own that wait", async () => {
    const { prototype } = jest.requireActual<{ prototype: { checkPendingRequests(): void } }>(
      "kafkajs/src/network/requestQueue",
    );
    const seen: string[] = [];
    await consume(async ({ value }) => void seen.push(value.toString()));
    await kafka.send(message("a", "1"));
    await until(() => seen.length === 1);
    const looks = jest.spyOn(prototype, "checkPendingRequests");
    await sleep(1_000);
    const looked = looks.mock.calls.length;
    looks.mockRestore();
    // One for each answer to a fetch, about three a second for each of two partitions' brokers; by itself kafkajs looks nearly a thousand times.
    expect(looked).toBeLessThan(100);
  });
});

describe("consuming", () => {
  it("a new group starts with the oldest message, and goes on where it stopped", async () => {
    await kafka.sendBatch(["1", "2", "3"].map((text) => message("a", text)));
    const seen: string[] = [];
    const first = await consume(async ({ value }) => void seen.push(value.toString()));
    await until(() => seen.length === 3);
    await first.close();
    await kafka.send(message("a", "4"));
    await consume(async ({ value }) => void seen.push(value.toString()));
    await until(() => seen.length === 4);
    expect(seen).toEqual(["1", "2", "3", "4"]);
  });

  it("continues the producer's trace, as its child, and names the order everywhere", async () => {
    let scope: unknown;
    await consume(async () => {
      scope = currentScope()?.fields;
      host.log.info("inside");
    });
    await withSpan("door", {}, () => kafka.send(message("order-1", "1")));
    await until(() => host.spans().some(({ name }) => name === `process ${test.topic}`));
    const span = (name: string) => host.spans().find((each) => each.name === name);
    const [door, send, process] = [span("door"), span(`send ${test.topic}`), span(`process ${test.topic}`)];
    expect(send?.parentSpanContext?.spanId).toBe(door?.spanContext().spanId);
    expect(process?.parentSpanContext?.spanId).toBe(send?.spanContext().spanId);
    expect(process?.attributes["order.id"]).toBe("order-1");
    expect(scope).toMatchObject({ order_id: "order-1" });
    expect(host.logs.find(({ msg }) => msg === "inside")).toMatchObject({
      order_id: "order-1",
      trace_id: door?.spanContext().traceId,
    });
    expect(host.logs.filter(({ msg }) => msg === "message handled")).toHaveLength(1);
  });

  it("a failure holds up its partition only, and is tried again until it works", async () => {
    const placed = await kafka.sendBatch(
      "abcdefgh".split("").flatMap((key) => [message(key, "1"), message(key, "2")]),
    );
    const bad = placed[0]!.partition;
    let failures = 3;
    const seen: KafkaMessage[] = [];
    await consume(async (m) => {
      if (m.partition === bad && failures-- > 0)
        throw new AppError({ category: "unavailable", reason: "DOWN", message: "down" });
      seen.push(m);
    });
    await until(() => seen.length === placed.length);
    for (const partition of new Set(placed.map((each) => each.partition))) {
      const offsets = seen.filter((m) => m.partition === partition).map((m) => Number(m.offset));
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    }
    expect(await host.metric("kafka_consumed_total", { group: test.group, outcome: "transient" })).toBe(3);
    expect(await host.metric("kafka_consumed_total", { group: test.group, outcome: "ok" })).toBe(
      placed.length,
    );
    expect(seen.at(-1)?.partition).toBe(bad);
  });

  it("closing finishes the message in hand and commits it", async () => {
    await kafka.sendBatch([message("a", "1"), message("a", "2")]);
    const seen: string[] = [];
    const first = await consume(async ({ value }) => {
      await sleep(300);
      seen.push(value.toString());
    });
    await until(() => first.assigned().length === 3);
    await sleep(100);
    await first.close();
    const before = seen.length;
    await consume(async ({ value }) => void seen.push(value.toString()));
    await until(() => seen.length >= 2);
    await sleep(300);
    expect(before).toBeLessThan(2);
    expect(seen).toEqual(["1", "2"]);
  });

  it("a second member gets its share after the message in hand is done, and nothing is handled twice", async () => {
    const keys = "abcdefghijklmnopqrst".split("");
    await kafka.sendBatch(keys.flatMap((key) => [message(key, "1"), message(key, "2")]));
    const seen: string[] = [];
    const handle = async (m: KafkaMessage) => {
      await sleep(100);
      seen.push(`${m.partition}/${m.offset}`);
    };
    const first = await consume(handle);
    await until(() => seen.length > 3);
    const secondHost = createTestHost("second");
    const second = await consume(handle, secondHost, await test.open(secondHost));
    await until(() => second.assigned().length > 0 && first.assigned().length > 0);
    await until(() => seen.length >= 40);
    await sleep(500);
    expect(new Set(seen).size).toBe(40);
    expect(seen).toHaveLength(40);
    await secondHost.close();
  });
});
