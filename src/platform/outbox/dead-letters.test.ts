import { setTimeout as sleep } from "node:timers/promises";
import { startConsumer, type KafkaMessage } from "../kafka";
import {
  applyItem,
  decodeItem,
  itemCopy,
  TestItems,
  testItemsDatabase,
  until,
  type TestDatabase,
} from "../testing";
import { startOutboxRelay, UndecodableError } from ".";
import { Inbox } from "./inbox";
import { InboxTable } from "./inbox-table";

let test: TestDatabase;
let items: TestItems;

beforeAll(async () => {
  test = await testItemsDatabase();
});
afterAll(() => test.drop());
beforeEach(async () => {
  items = await TestItems.open(test);
});
afterEach(() => items.host.close());

describe("poison", () => {
  it.each([
    ["another version with the same number", ["a@1", "a@1 forged"], "FORK", 1],
    ["a move that is not allowed", ["a@1", "a@2 illegal"], "ILLEGAL", 2],
    ["bytes that cannot be read", ["a@1", "a@?"], "UNDECODABLE", null],
  ])("%s blocks its key, and later versions park", async (_, bodies, reason, version) => {
    await items.start();
    await items.send(...bodies, "a@3", "b@1");
    await items.level("b", 1);
    await until(async () => (await items.count("parked_message")) === 1);
    expect(await items.letters()).toEqual([
      expect.objectContaining({ key: "a", reason, version, resolution: null }),
    ]);
    expect(await items.history("a")).toEqual(["a@1"]);
    expect(await items.count("blocked_key")).toBe(1);
    expect(await items.host.metric("dead_letters_total", { group: items.broker.group, reason })).toBe(1);
    await sleep(500);
    expect(await items.history("a")).toEqual(["a@1"]);
  });

  it("without a valid key blocks nothing", async () => {
    await items.start({ isValidKey: (key) => key !== "junk" });
    await items.send("junk@?", "a@1");
    await items.level("a", 1);
    await until(async () => (await items.count("dead_letter")) === 1);
    expect(await items.count("blocked_key")).toBe(0);
  });

  it("that quotes what no database keeps is set aside all the same, and others go on", async () => {
    await items.start({
      decode: (m) => {
        if (m.value.toString().startsWith("b")) return decodeItem(m);
        throw new UndecodableError("Unexpected token \0 and \ud800");
      },
    });
    const { topic } = items.broker;
    const headers = { odd: "\0" };
    await items.kafka.sendBatch([
      { topic, key: "a", value: Buffer.from("a"), headers },
      { topic, key: "a\0", value: Buffer.from("a") },
      { topic, key: "b", value: Buffer.from("b@1"), headers },
      { topic, key: "b", value: Buffer.from("b@2") },
    ]);
    await items.level("b", 2);
    await until(async () => (await items.count("dead_letter")) === 2);
    const keys = (await items.letters()).map(({ key, reason }) => `${key} ${reason}`);
    expect(keys.sort()).toEqual(["a UNDECODABLE", "null UNDECODABLE"]);
    expect(await items.count("blocked_key")).toBe(1);
  });

  it("is announced on the topic's dlq", async () => {
    await items.kafka.ensureTopics([{ topic: `${items.broker.topic}.dlq`, partitions: 1 }]);
    const { host, db, kafka } = items;
    await host.own(startOutboxRelay(host, { db, kafka }));
    await items.start();
    await items.send("a@1", "a@2 illegal");
    const seen: KafkaMessage[] = [];
    await items.host.own(
      startConsumer(host, kafka, {
        group: `${items.broker.group}.dlq`,
        topic: `${items.broker.topic}.dlq`,
        handle: async (m) => void seen.push(m),
      }),
    );
    await until(() => seen.length === 1);
    expect(seen[0]?.value.toString()).toBe("a@2 illegal");
    expect(seen[0]?.headers).toMatchObject({
      "dead-letter-reason": "ILLEGAL",
      "dead-letter-group": items.broker.group,
      "original-topic": items.broker.topic,
    });
  });

  it("that is delivered again, after a crash before the offset commit, makes no second letter", async () => {
    const { group, topic } = items.broker;
    const { metrics, log } = items.host;
    const inbox = new Inbox(items.options(), new InboxTable(group, topic), metrics, log);
    const deliver = (offset: string, body: string) =>
      inbox.handle({
        topic,
        partition: 0,
        offset,
        key: "a",
        value: Buffer.from(body),
        headers: {},
        timestamp: new Date(),
      });
    for (let time = 0; time < 2; time++) {
      await deliver("0", "a@1");
      await deliver("1", "a@2 illegal");
      await deliver("2", "a@?");
      await deliver("3", "a@3");
    }
    expect(await items.letters()).toEqual([
      expect.objectContaining({ reason: "ILLEGAL" }),
      expect.objectContaining({ reason: "UNDECODABLE" }),
    ]);
    // The first version was applied before its key was blocked; delivered again it waits behind the block like the third.
    expect(await items.count("parked_message")).toBe(2);
    expect(await items.history("a")).toEqual(["a@1"]);
  });

  it("from the holder blocks too, once however often it is fetched", async () => {
    const consumer = await items.start();
    await items.send("a@1");
    await items.level("a", 1);
    for (let i = 0; i < 2; i++) await consumer.applyFetched("a", [itemCopy("a@2 illegal")]);
    expect(await items.letters()).toEqual([
      expect.objectContaining({ key: "a", version: 2, reason: "ILLEGAL" }),
    ]);
  });

  it("what fails for one order after the other is the service's fault: at most two are set aside, and all are applied when it is mended", async () => {
    let broken = true;
    let tries = 0;
    await items.start({
      unexpectedAttempts: 2,
      apply: async (tx, m) => {
        tries++;
        if (broken) throw new TypeError("a bug of the service");
        return applyItem(tx, m);
      },
    });
    const keys = ["a", "b", "c", "d", "e", "f"];
    await items.send(...keys.map((key) => `${key}@1`));
    // Each of them has failed often enough to be set aside; how many were depends on which partition came first.
    await until(() => tries >= 4 * keys.length, 60_000);
    expect((await items.letters()).length).toBeLessThanOrEqual(2);
    broken = false;
    const set = (await items.letters()).map(({ key }) => key);
    await Promise.all(keys.filter((key) => !set.includes(key)).map((key) => items.level(key, 1)));
  });

  it("a table that is missing, or a right, is no message's fault", async () => {
    let broken = true;
    let tries = 0;
    await items.start({
      unexpectedAttempts: 2,
      apply: async (tx, m) => {
        tries++;
        if (broken) await tx.query("SELECT * FROM not_there_yet");
        return applyItem(tx, m);
      },
    });
    await items.send("a@1");
    await until(() => tries > 3);
    expect(await items.letters()).toEqual([]);
    broken = false;
    await items.level("a", 1);
  });

  it("an error that is neither poison nor transient is tried a few times, then set aside", async () => {
    let tries = 0;
    await items.start({
      unexpectedAttempts: 3,
      apply: async (tx, m) => {
        if (m.key !== "bug") return applyItem(tx, m);
        tries++;
        throw new TypeError("a bug");
      },
    });
    await items.send("bug@1", "a@1", "b@1", "c@1");
    await Promise.all(["a", "b", "c"].map((key) => items.level(key, 1)));
    await until(async () => (await items.letters()).some(({ reason }) => reason === "UNEXPECTED"));
    expect(tries).toBe(3);
  });
});

describe("sending a dead letter again", () => {
  const blocked = async (apply_: typeof applyItem = applyItem) => {
    let fixed = false;
    const consumer = await items.start({
      decode: (m) => (fixed && m.value.toString() === "a@?" ? { key: "a", version: 2 } : decodeItem(m)),
      apply: (tx, m) =>
        apply_(tx, fixed ? { ...m, value: Buffer.from(m.value.toString().replace("illegal", "legal")) } : m),
    });
    return { consumer, fix: () => (fixed = true) };
  };

  it.each([["a@2 illegal"], ["a@?"]])(
    "%s applies it in its group, lifts the block and drains the park",
    async (body) => {
      const { consumer, fix } = await blocked();
      await items.send("a@1", body, "a@3", "a@4");
      await until(async () => (await items.count("parked_message")) === 2);
      const [{ id } = { id: 0 }] = await items.letters();
      expect(await consumer.redeliver(id)).toMatchObject({ outcome: "poison" });
      expect(await items.count("blocked_key")).toBe(1);
      fix();
      expect(await consumer.redeliver(id)).toEqual({ outcome: "applied" });
      await items.level("a", 4);
      expect(await items.count("blocked_key")).toBe(0);
      expect(await items.count("parked_message")).toBe(0);
      expect(await consumer.redeliver(id)).toEqual({ outcome: "resolved before" });
      expect(await items.letters()).toEqual([expect.objectContaining({ resolution: "redelivered" })]);
    },
  );

  it("that is not there is said so", async () => {
    const consumer = await items.start();
    await expect(consumer.redeliver(999_999)).rejects.toMatchObject({ reason: "DEAD_LETTER_NOT_FOUND" });
  });
});

describe("a blocked key", () => {
  it.each([["a@2 illegal"], ["a@?"]])("is healed when the holder's itemCopy applies: %s", async (body) => {
    const consumer = await items.start();
    await items.send("a@1", body, "a@4");
    await until(async () => (await items.count("parked_message")) === 1);
    // The parked fourth may be applied by the retry loop, as soon as the second has lifted the block.
    await consumer.applyFetched("a", [itemCopy("a@2"), itemCopy("a@3")]);
    await items.level("a", 4);
    expect(await items.count("blocked_key")).toBe(0);
    expect(await items.history("a")).toEqual(["a@1", "a@2", "a@3", "a@4"]);
    expect(await items.letters()).toEqual([expect.objectContaining({ resolution: "healed" })]);
  });

  it("is not healed of a fork: people must decide", async () => {
    const consumer = await items.start();
    await items.send("a@1", "a@1 forged");
    await until(async () => (await items.count("blocked_key")) === 1);
    expect(await consumer.applyFetched("a", [itemCopy("a@2")])).toEqual({
      applied: 0,
      parked: false,
      blocked: true,
    });
    expect(await items.history("a")).toEqual(["a@1"]);
  });
});
