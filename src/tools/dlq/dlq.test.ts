import { TestItems, testItemsDatabase, until, type TestDatabase } from "../../platform/testing";
import { applyItem, decodeItem } from "../../platform/testing/items";
import { dlq } from "./dlq";

let database: TestDatabase;
let items: TestItems;
let broken: boolean;

beforeAll(async () => {
  database = await testItemsDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  broken = true;
  items = await TestItems.open(database);
});
afterEach(() => items.host.close());

/** A service that cannot apply what is marked, until it is mended. */
const startService = () =>
  items.start({
    decode: (message) => {
      const body = message.value.toString();
      return !broken && body.endsWith("@?") ? { key: body.slice(0, -2), version: 2 } : decodeItem(message);
    },
    apply: (tx, message) => {
      const body = message.value.toString();
      return applyItem(
        tx,
        broken ? message : { ...message, value: Buffer.from(body.replace("illegal", "legal")) },
      );
    },
  });

async function run(...argv: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const code = await dlq(argv, { urls: { shop: database.url }, print: (line) => lines.push(line) });
  return { code, text: lines.join("\n") };
}

const setAside = (letters: number) =>
  until(async () => (await items.count("dead_letter")) === letters, 60_000);
const idOf = async (key: string) => (await items.letters()).find((letter) => letter.key === key)!.id;

it("a list names each letter, its order, version and reason, and how many events wait behind it", async () => {
  await startService();
  await items.send("a@1", "a@2 illegal", "a@3", "a@4", "b@?");
  await setAside(2);
  await until(async () => (await items.count("parked_message")) === 2);
  const { code, text } = await run("list");
  expect(code).toBe(0);
  expect(text).toMatch(new RegExp(`shop:${await idOf("a")} .*ILLEGAL +a +v2 .*2 parked behind it`));
  expect(text).toMatch(new RegExp(`shop:${await idOf("b")} .*UNDECODABLE +b +v\\? .*0 parked behind it`));
  expect((await run("list", "--reason", "illegal")).text).not.toContain("UNDECODABLE");
  expect((await run("list", "--order", "nobody")).text).toBe("There are no dead letters.");
});

it("a letter is shown with error, origin, headers, trace and body", async () => {
  await startService();
  const traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";
  const { topic } = items.broker;
  const headers = { traceparent, source: "MES" };
  await items.kafka.send({ topic, key: "a", value: Buffer.from([0, 1, 0x61]), headers });
  await items.kafka.send({ topic, key: "b", value: Buffer.from('{"not":"an item"}'), headers: {} });
  await setAside(2);
  const binary = await run("show", `shop:${await idOf("a")}`);
  expect(binary.text).toContain("no key and version in it");
  expect(binary.text).toMatch(new RegExp(`origin +${topic} partition \\d offset 0`));
  expect(binary.text).toContain("trace    0123456789abcdef0123456789abcdef");
  expect(binary.text).toContain("source: MES");
  expect(binary.text).toContain("00 01 61");
  expect((await run("show", `shop:${await idOf("b")}`)).text).toContain('"not": "an item"');
});

it("a letter that is sent again is applied in its group, and what was parked follows", async () => {
  await startService();
  await items.send("a@1", "a@2 illegal", "a@3");
  await setAside(1);
  const id = `shop:${await idOf("a")}`;
  const tooEarly = await run("redeliver", id, "--by", "ann", "--note", "a try");
  expect(tooEarly.code).toBe(1);
  expect(tooEarly.text).toContain("redeliver by ann (a try): poison");
  broken = false;
  const { code, text } = await run("redeliver", id, "--by", "ann");
  expect(text).toContain("redeliver by ann: applied");
  expect(code).toBe(0);
  await items.level("a", 3);
  expect(await items.count("blocked_key")).toBe(0);
  // The record has both, and nothing was published again.
  const shown = (await run("show", id)).text;
  expect(shown).toMatch(/poison, .*may not become that[^]*redeliver by ann: applied/);
  const again = await run("redeliver", id);
  expect(again).toEqual({ code: 1, text: `Dead letter ${id} is closed: redelivered.` });
});

it("all letters of a reason, or all there are, are sent again at once", async () => {
  await startService();
  await items.send("a@1", "a@2 illegal", "b@1", "b@?", "c@1", "c@2 illegal");
  await setAside(3);
  broken = false;
  expect((await run("redeliver", "--reason", "ILLEGAL")).code).toBe(0);
  await Promise.all([items.level("a", 2), items.level("c", 2)]);
  expect((await run("list")).text).toContain("UNDECODABLE");
  expect((await run("redeliver", "--all")).code).toBe(0);
  await items.level("b", 2);
  expect((await run("list")).text).toBe("There are no dead letters.");
});

it("a dropped letter stays dropped, frees its order, and says why", async () => {
  items.holder.set("a", []);
  await startService();
  await items.send("a@1", "a@1 forged", "a@2");
  await setAside(1);
  const id = `shop:${await idOf("a")}`;
  expect((await run("drop", id, "--reason", "a test wrote it", "--by", "ann")).code).toBe(0);
  await items.level("a", 2);
  expect(await items.host.metric("dead_letters_resolved_total", { resolution: "dropped" })).toBe(1);
  expect((await run("show", id)).text).toContain("drop by ann (a test wrote it): dropped");
  await items.send("a@3");
  await items.level("a", 3);
});

it("a request that is made while the service is down is taken up when it runs", async () => {
  const service = await startService();
  await items.send("a@1", "a@2 illegal");
  await setAside(1);
  await service.close();
  broken = false;
  const { code, text } = await run("redeliver", "--all", "--wait", "0");
  expect(code).toBe(1);
  expect(text).toContain("taken up when the service runs");
  await startService();
  await items.level("a", 2);
});

it.each([
  [["show", "shop:999999"], "shop has no dead letter 999999"],
  [["redeliver", "shop:999999"], "shop has no dead letter 999999"],
  [["show", "17"], "An id is a service and a number"],
  [["show", "bank:17"], "An id is a service and a number"],
  [["redeliver", "bank:17"], "An id is a service and a number"],
  [["redeliver"], "Say which"],
  [["redeliver", "shop:1", "--all"], "Say which"],
  [["drop", "shop:1"], "--reason"],
  [["drop", "shop:999999", "--reason", "x"], "shop has no dead letter 999999"],
])("%j is refused: %s", async (argv, message) => {
  const { code, text } = await run(...argv);
  expect(code).toBe(1);
  expect(text).toContain(message);
});

it("a database that cannot be reached is named", async () => {
  const lines: string[] = [];
  const urls = { shop: "postgres://nobody@127.0.0.1:1/shop" };
  expect(await dlq(["list"], { urls, print: (line) => lines.push(line) })).toBe(1);
  expect(lines.join()).toContain("The database of shop could not be asked");
});
