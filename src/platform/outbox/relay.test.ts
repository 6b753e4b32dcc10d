import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../errors";
import { startConsumer, type Kafka, type KafkaMessage } from "../kafka";
import type { Database } from "../postgres";
import { currentTraceId, withSpan } from "../telemetry";
import {
  createTestHost,
  testDatabase,
  testKafka,
  type TestDatabase,
  type TestHost,
  until,
  type TestKafka,
} from "../testing";
import {
  enqueue,
  outboxMigration,
  outboxRelayMigration,
  startOutboxRelay,
  type OutboxMessage,
  type Relay,
} from ".";

let test: TestDatabase;
let broker: TestKafka;
let host: TestHost;
let db: Database;
let kafka: Kafka;

beforeAll(async () => {
  test = await testDatabase([outboxMigration(), outboxRelayMigration()]);
});
afterAll(() => test.drop());
beforeEach(async () => {
  broker = await testKafka();
  host = createTestHost("outbox");
  host.clear();
  db = await test.open(host);
  kafka = await broker.open(host);
});
afterEach(async () => {
  await db.execute("TRUNCATE outbox");
  await host.close();
});

const message = (key: string, version: number, change: Partial<OutboxMessage> = {}): OutboxMessage => ({
  topic: broker.topic,
  key,
  version,
  value: Buffer.from(`${key}${version}`),
  ...change,
});
const put = (...messages: OutboxMessage[]) =>
  db.transaction(async (tx) => {
    for (const each of messages) await enqueue(tx, each);
  });
const relay = (port: Kafka = kafka, options = {}) =>
  host.own(startOutboxRelay(host, { db, kafka: port, ...options }));
const pending = async () =>
  (await db.one<{ n: number }>("SELECT count(*) AS n FROM outbox WHERE published_at IS NULL")).n;
const published = () => until(async () => (await pending()) === 0);

/** Everything on the topic so far, per key in order. */
async function onTopic(
  count: number,
  size = (seen: readonly KafkaMessage[]) => seen.length,
): Promise<KafkaMessage[]> {
  const seen: KafkaMessage[] = [];
  const consumer = await startConsumer(host, kafka, {
    group: `${broker.group}_${Math.random()}`,
    topic: broker.topic,
    handle: async (m) => void seen.push(m),
  });
  await until(() => size(seen) >= count);
  await sleep(200);
  await consumer.close();
  return seen;
}
const versionsOf = (key: string, messages: KafkaMessage[]) =>
  messages.filter((m) => m.key === key).map((m) => m.value.toString());

const down = () => new AppError({ category: "unavailable", reason: "DOWN", message: "down" });

/** The real port with a fault of the test's making. */
const faulty = (sendBatch: Kafka["sendBatch"]): Kafka => ({ ...kafka, sendBatch });

it("rows are published in order per key, and know where", async () => {
  await relay();
  await put(message("a", 1), message("b", 1), message("a", 2));
  await put(message("a", 3));
  await published();
  const seen = await onTopic(4);
  expect(versionsOf("a", seen)).toEqual(["a1", "a2", "a3"]);
  const rows = await db.query("SELECT kafka_partition, kafka_offset FROM outbox WHERE key = 'a' ORDER BY id");
  const places = seen
    .filter(({ key }) => key === "a")
    .map((m) => ({ kafka_partition: m.partition, kafka_offset: Number(m.offset) }));
  expect(rows).toEqual(places);
  expect(await host.metric("outbox_published_total", { topic: broker.topic })).toBe(4);
});

it("a rolled back row is never published", async () => {
  await relay();
  const failing = db.transaction(async (tx) => {
    await enqueue(tx, message("a", 1));
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  await put(message("b", 1));
  await published();
  expect((await onTopic(1)).map(({ key }) => key)).toEqual(["b"]);
});

it("a commit wakes the relay: publishing does not wait for the next look", async () => {
  await relay(kafka, { pollMs: 60_000 });
  await put(message("warm", 1));
  await published();
  await sleep(300);
  const startedAt = Date.now();
  await put(message("a", 1));
  await published();
  expect(Date.now() - startedAt).toBeLessThan(2_000);
});

it("a row whose transaction commits late is not lost behind later ids", async () => {
  await relay();
  await db.transaction(async (late) => {
    await enqueue(late, message("late", 1));
    await put(message("early", 1));
    await until(
      async () =>
        (await db.query("SELECT 1 FROM outbox WHERE key = 'early' AND published_at IS NOT NULL")).length ===
        1,
    );
  });
  await published();
  expect((await onTopic(2)).map(({ key }) => key).sort()).toEqual(["early", "late"]);
});

it("a crash between sending and marking sends again: twice at most, never not at all", async () => {
  let crashed = false;
  await relay(
    faulty(async (messages) => {
      const placements = await kafka.sendBatch(messages);
      if (!crashed) {
        crashed = true;
        throw new AppError({
          category: "unavailable",
          reason: "CRASHED",
          message: "after the broker had acknowledged",
        });
      }
      return placements;
    }),
  );
  await put(message("a", 1), message("a", 2));
  await published();
  const seen = versionsOf("a", await onTopic(4));
  expect(seen).toEqual(["a1", "a2", "a1", "a2"]);
});

it("a relay that was frozen while sending cannot mark: its shards are another's by then", async () => {
  let thaw: () => void = () => undefined;
  const frozen = new Promise<void>((resolve) => (thaw = resolve));
  let sending = false;
  const stale = await relay(
    faulty(async (messages) => {
      const placements = await kafka.sendBatch(messages);
      sending = true;
      await frozen;
      return placements;
    }),
  );
  await until(() => stale.shards().length === 8);
  await put(message("a", 1));
  await until(() => sending);
  await db.execute(
    "UPDATE outbox_lease SET holder = 'another', epoch = epoch + 1, expires_at = now() + interval '1 second'",
  );
  thaw();
  await until(async () => (await host.metric("outbox_fenced_total")) === 1);
  expect(await pending()).toBe(1);
  expect(stale.shards().length).toBeLessThan(8);
  await published();
  expect(versionsOf("a", await onTopic(2))).toEqual(["a1", "a1"]);
});

it("relays share the shards; what a closed one gives back the others take", async () => {
  const first = await relay(kafka, { leaseMs: 1_500 });
  await until(() => first.shards().length === 8);
  const second = await relay(kafka, { leaseMs: 1_500 });
  await until(() => first.shards().length === 4 && second.shards().length === 4);
  expect([...first.shards(), ...second.shards()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  const third = await relay(kafka, { leaseMs: 1_500 });
  await until(() => [first, second, third].every((each) => each.shards().length >= 2));
  await first.close();
  await second.close();
  await until(() => third.shards().length === 8);
});

it("while relays come, share and are killed, every key's first occurrences stay in order and nothing is lost", async () => {
  const keys = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
  const rounds = 24;
  // Dead to the database, not to Kafka: what it has read it may still send, and nothing of it is marked.
  let killed = false;
  const dying: Database = {
    ...db,
    query: (...args) => (killed ? Promise.reject(down()) : db.query(...args)) as never,
    execute: (...args) => (killed ? Promise.reject(down()) : db.execute(...args)),
  };
  const first = await host.own(startOutboxRelay(host, { db: dying, kafka, leaseMs: 900, batchSize: 7 }));
  await until(() => first.shards().length === 8);
  let second: Relay | undefined;
  for (let round = 1; round <= rounds; round++) {
    await put(...keys.map((key) => message(key, round)));
    if (round === 8) second = await relay(kafka, { leaseMs: 900, batchSize: 7 });
    if (round === 14) await until(() => first.shards().length === 4 && second?.shards().length === 4, 60_000);
    if (round === 18) killed = true;
  }
  await until(() => second?.shards().length === 8, 60_000);
  await until(async () => (await pending()) === 0, 60_000);
  const distinct = (all: readonly KafkaMessage[]) => new Set(all.map(({ value }) => value.toString())).size;
  const seen = await onTopic(keys.length * rounds, distinct);
  for (const key of keys) {
    const firsts = [...new Set(versionsOf(key, seen))];
    expect(firsts).toEqual(Array.from({ length: rounds }, (_, at) => `${key}${at + 1}`));
  }
}, 240_000);

it("the leases of a killed relay end by the database's clock", async () => {
  await db.execute(
    "UPDATE outbox_lease SET holder = 'killed', epoch = epoch + 1, expires_at = now() + interval '700 milliseconds'",
  );
  const next = await relay(kafka, { leaseMs: 600 });
  await sleep(200);
  expect(next.shards()).toEqual([]);
  await until(() => next.shards().length === 8, 3_000);
});

it("a row that the broker refuses holds up its key only, and says why", async () => {
  const small = await broker.createTopic(3, { "max.message.bytes": "20000" });
  await relay();
  const huge = message("bad", 2, { topic: small, value: Buffer.alloc(50_000, "x") });
  const others = ["a", "b", "c", "d", "e"].map((key) => message(key, 1, { topic: small }));
  await put(
    message("bad", 1, { topic: small }),
    huge,
    message("bad", 3, { topic: small }),
    ...others,
    message("a", 1),
  );
  await until(async () => (await pending()) === 2);
  await sleep(300);
  const waiting = await db.query(
    "SELECT key, version, attempts > 0 AS tried, last_error FROM outbox WHERE published_at IS NULL ORDER BY version",
  );
  expect(waiting).toEqual([
    { key: "bad", version: 2, tried: true, last_error: expect.stringContaining("MESSAGE_REFUSED") },
    { key: "bad", version: 3, tried: false, last_error: null },
  ]);
  await db.execute("UPDATE outbox SET value = 'small' WHERE key = 'bad' AND version = 2");
  await published();
});

it("rows of a topic that does not exist hold up nobody else", async () => {
  await relay();
  await put(message("a", 1, { topic: "no_such_topic" }), message("a", 1), message("b", 1));
  await until(async () => (await pending()) === 1);
  expect((await onTopic(2)).map(({ key }) => key).sort()).toEqual(["a", "b"]);
});

it("the publication belongs to the trace that wrote the row", async () => {
  await relay();
  let traceId: string | undefined;
  await withSpan("door", {}, async () => {
    traceId = currentTraceId();
    await put(message("a", 1));
  });
  await published();
  const send = host.spans().find(({ name }) => name === `send ${broker.topic}`);
  expect(send?.spanContext().traceId).toBe(traceId);
  expect(send?.attributes["order.id"]).toBe("a");
  expect(host.spans().filter(({ name }) => name === "UPDATE outbox")).toHaveLength(0);
});

it("a version is enqueued once per topic and key", async () => {
  await put(message("a", 1));
  await expect(put(message("a", 1))).rejects.toMatchObject({ constraint: "outbox_topic_key_version" });
  await put(message("a", 1, { topic: "other" }));
});

it("the backlog is told while nothing can be sent", async () => {
  await put(message("a", 1), message("b", 1));
  await relay(
    faulty(() => {
      throw down();
    }),
  );
  await until(async () => (await host.metric("outbox_pending")) === 2);
  expect(await host.metric("outbox_oldest_unpublished_seconds")).toBeGreaterThan(0);
  const warnings = () =>
    host.logs.filter(({ msg, level }) => msg === "outbox could not be published" && level === "warn");
  await until(async () => warnings().length > 0);
  expect(warnings()).toHaveLength(1);
});
