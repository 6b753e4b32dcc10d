import { AppError } from "../errors";
import { applyItem, itemCopy, TestItems, testItemsDatabase, until, type TestDatabase } from "../testing";

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

describe("versions", () => {
  it("are applied once each, and told after their commit", async () => {
    const told: number[] = [];
    await items.start({ onApplied: ({ version }) => told.push(version) });
    await items.send("a@1", "a@2", "a@2", "a@1", "a@3");
    await items.level("a", 3);
    await until(async () => (await items.settled("duplicate")) === 2);
    expect(await items.history("a")).toEqual(["a@1", "a@2", "a@3"]);
    expect(told).toEqual([1, 2, 3]);
  });

  it("that are missing are fetched from the holder, and what was parked follows", async () => {
    items.holder.set("a", [itemCopy("a@1"), itemCopy("a@2")]);
    await items.start();
    await items.send("a@4", "a@3");
    await items.level("a", 4);
    expect(await items.history("a")).toEqual(["a@1", "a@2", "a@3", "a@4"]);
    expect(await items.count("parked_message")).toBe(0);
  });

  it("that come in any order end level without the holder", async () => {
    await items.start();
    await items.send("a@3", "a@1", "a@2", "b@2", "b@1");
    await Promise.all([items.level("a", 3), items.level("b", 2)]);
    await until(async () => (await items.count("parked_message")) === 0);
  });

  it("wait parked while the holder cannot answer, without holding up others, and are applied when it can", async () => {
    let down = true;
    await items.start({
      async fetchMissing() {
        if (down) throw new AppError({ category: "unavailable", reason: "DOWN", message: "down" });
        return [itemCopy("a@1")];
      },
    });
    await items.send("a@2", "b@1");
    await items.level("b", 1);
    expect(await items.count("parked_message")).toBe(1);
    down = false;
    await items.level("a", 2);
    expect(await items.settled("applied", "parked")).toBe(1);
  });

  it("survive a restart parked", async () => {
    const first = await items.start();
    await items.send("a@2");
    await until(async () => (await items.count("parked_message")) === 1);
    await first.close();
    items.holder.set("a", [itemCopy("a@1")]);
    await items.start();
    await items.level("a", 2);
  });
});

describe("a transient error", () => {
  it("pauses the partition, is retried for ever, and nothing is set aside or lost", async () => {
    let failures = 4;
    await items.start({
      apply: async (tx, m) => {
        if (m.key === "a" && failures-- > 0)
          throw new AppError({ category: "unavailable", reason: "DOWN", message: "down" });
        return applyItem(tx, m);
      },
      unexpectedAttempts: 2,
    });
    await items.send("a@1", "a@2");
    await items.level("a", 2);
    expect(await items.count("dead_letter")).toBe(0);
  }, 60_000);

  it("of the database itself is one: connections that are cut while a message is applied", async () => {
    let cuts = 2;
    await items.start({
      apply: async (tx, m) => {
        const outcome = await applyItem(tx, m);
        if (cuts-- > 0)
          await items.db.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'",
          );
        return outcome;
      },
    });
    await items.send("a@1", "a@2");
    await items.level("a", 2);
    expect(await items.history("a")).toEqual(["a@1", "a@2"]);
    expect(await items.count("dead_letter")).toBe(0);
  });
});

describe("what the sweep fetched", () => {
  it("is applied in order of version, however it is handed over; what is known is a duplicate", async () => {
    const consumer = await items.start();
    await items.send("a@1");
    await items.level("a", 1);
    expect(await consumer.applyFetched("a", [itemCopy("a@3"), itemCopy("a@1"), itemCopy("a@2")])).toEqual({
      applied: 2,
      parked: false,
      blocked: false,
    });
  });

  it("races with the topic without harm", async () => {
    const consumer = await items.start();
    const bodies = Array.from({ length: 20 }, (_, at) => `a@${at + 1}`);
    await Promise.all([
      items.send(...bodies),
      consumer.applyFetched("a", bodies.map(itemCopy)),
      consumer.applyFetched("a", bodies.map(itemCopy)),
    ]);
    await items.level("a", 20);
    expect(await items.history("a")).toEqual(bodies);
  });
});

it("what waits and what is blocked is told", async () => {
  await items.start();
  await items.send("a@1", "a@2 illegal", "a@3", "b@2");
  const gauge = (name: string) => items.host.metric(name, { group: items.broker.group });
  await until(
    async () =>
      (await gauge("inbox_parked")) === 2 &&
      (await gauge("inbox_blocked")) === 1 &&
      (await gauge("dead_letters_open")) === 1,
  );
});
