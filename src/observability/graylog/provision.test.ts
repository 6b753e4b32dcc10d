import { join } from "node:path";
import { readDesiredState } from "./desired";
import { type Change, provisionGraylog } from "./provision";
import { graylogApi, waitForGraylog } from "./rest";
import { type FakeGraylog, startFakeGraylog, type Thing } from "./testing/fake-graylog";
import { viewId } from "./views";

const desired = readDesiredState(join(__dirname, "../../../graylog"));
let graylog: FakeGraylog;

const api = (password = "admin") => graylogApi({ url: graylog.url, user: "admin", password });
const run = () => provisionGraylog(api(), desired);
const changed = (changes: Change[]) => changes.filter(({ did }) => did !== "kept");
const stream = (title: string) => graylog.state.streams.find((one) => one.title === title)!;
const named = (things: Thing[], title: string) => things.find((one) => one["title"] === title)!;

beforeEach(async () => {
  graylog = await startFakeGraylog();
});
afterEach(() => graylog.close());

test("an empty Graylog gets everything that the files name", async () => {
  const changes = await run();
  expect(new Set(changes.map(({ did }) => did))).toEqual(new Set(["created"]));
  const { inputs, indexSets, streams, searches, views } = graylog.state;
  expect(inputs).toMatchObject([
    {
      type: "org.graylog2.inputs.gelf.tcp.GELFTCPInput",
      attributes: { port: 12201, use_null_delimiter: true },
    },
  ]);
  expect(indexSets.map((set) => set["index_prefix"])).toEqual([
    "graylog",
    "alexandrite-services",
    "alexandrite-debug",
  ]);
  expect(indexSets[1]).toMatchObject({
    rotation_strategy: { rotation_period: "P1D" },
    retention_strategy: { max_number_of_indices: 30 },
  });
  expect(streams).toHaveLength(1 + desired.streams.length);
  expect(streams.filter(({ disabled }) => disabled)).toEqual([]);
  expect(stream("Severity: errors").rules).toMatchObject([{ field: "level", type: 4, value: "4" }]);
  expect(views.map((view) => view["title"])).toEqual([
    "One order",
    "Errors by service",
    "Slow queries",
    "Alexandrite: logs",
  ]);
  expect(searches).toHaveLength(views.length);
});

test("a second run changes nothing", async () => {
  await run();
  const writes = graylog.writes.length;
  expect(changed(await run())).toEqual([]);
  expect(graylog.writes).toHaveLength(writes);
});

test("the order's search has an address that never changes", async () => {
  await run();
  expect(named(graylog.state.views, "One order").id).toBe(viewId("one-order"));
  expect(viewId("one-order")).toMatch(/^[0-9a-f]{24}$/);
});

test.each<[string, () => void, Change]>([
  [
    "a stream that was paused",
    () => (stream("Service: mes").disabled = true),
    { what: 'stream "Service: mes"', did: "started" },
  ],
  [
    "a rule that was removed",
    () => void stream("Service: mes").rules.pop(),
    { what: 'stream "Service: mes"', did: "mended" },
  ],
  [
    "a rule that was added",
    () => void stream("Service: mes").rules.push({ id: "f".repeat(24), type: 5, field: "x", value: "" }),
    { what: 'stream "Service: mes"', did: "mended" },
  ],
  [
    "a stream that was sent to another index set",
    () => (stream("Severity: errors")["index_set_id"] = graylog.state.indexSets[0]!.id),
    { what: 'stream "Severity: errors"', did: "mended" },
  ],
  [
    "an index set that would keep more",
    () =>
      (named(graylog.state.indexSets, "Services")["retention_strategy"] = {
        type: "org.graylog2.indexer.retention.strategies.DeletionRetentionStrategyConfig",
        max_number_of_indices: 3_000,
      }),
    { what: 'index set "Services"', did: "mended" },
  ],
  [
    "a search with another query",
    () => (named(graylog.state.views, "One order")["search_id"] = graylog.state.searches[1]!.id),
    { what: 'search "One order"', did: "mended" },
  ],
  [
    "a dashboard without a widget",
    () => {
      const [tab] = Object.values(
        named(graylog.state.views, "Alexandrite: logs")["state"] as Record<string, { widgets: unknown[] }>,
      );
      tab?.widgets.pop();
    },
    { what: 'dashboard "Alexandrite: logs"', did: "mended" },
  ],
  [
    "a dashboard that was deleted",
    () => void graylog.state.views.pop(),
    { what: 'dashboard "Alexandrite: logs"', did: "created" },
  ],
  [
    "an input with another delimiter",
    () => ((graylog.state.inputs[0]!["attributes"] as Record<string, unknown>)["use_null_delimiter"] = false),
    { what: 'input "Services (GELF TCP)"', did: "mended" },
  ],
  [
    "an input that was stopped",
    () => void graylog.state.inputStates.set(graylog.state.inputs[0]!.id, "STOPPED"),
    { what: 'input "Services (GELF TCP)"', did: "started" },
  ],
])("what was changed by hand is put back: %s", async (_what, change, expected) => {
  await run();
  change();
  expect(changed(await run())).toEqual([expected]);
  expect(changed(await run())).toEqual([]);
});

test("what the files do not name is left alone", async () => {
  const own = { id: "a".repeat(24), title: "Mine", disabled: true, rules: [] };
  graylog.state.streams.push(own);
  graylog.state.views.push({ id: "b".repeat(24), title: "My dashboard" });
  await run();
  expect(graylog.state.streams).toContainEqual({
    id: "a".repeat(24),
    title: "Mine",
    disabled: true,
    rules: [],
  });
  expect(named(graylog.state.views, "My dashboard")).toEqual({ id: "b".repeat(24), title: "My dashboard" });
  expect(graylog.writes.filter((write) => write.includes("a".repeat(24)))).toEqual([]);
});

test("an input that somebody made on the port is taken over, for two cannot listen there", async () => {
  const { type, configuration } = desired.input;
  graylog.state.inputs.push({
    id: "c".repeat(24),
    title: "gelf",
    type,
    global: true,
    attributes: { ...configuration },
  });
  expect((await run()).at(-1)).toEqual({ what: 'input "Services (GELF TCP)"', did: "mended" });
  expect(graylog.state.inputs).toMatchObject([{ id: "c".repeat(24), title: "Services (GELF TCP)" }]);
});

test("a run that breaks off is finished by the next", async () => {
  const { call, find } = api();
  let calls = 0;
  const breaking = {
    find,
    call: ((...args: Parameters<typeof call>) => {
      if (++calls > 12) throw new Error("the network is gone");
      return call(...args);
    }) as typeof call,
  };
  await expect(provisionGraylog(breaking, desired)).rejects.toThrow("the network is gone");
  await run();
  expect(changed(await run())).toEqual([]);
  expect(graylog.state.streams).toHaveLength(1 + desired.streams.length);
});

test("a Graylog that starts is waited for; a wrong password is told at once", async () => {
  graylog.startSlowly(3);
  await waitForGraylog(api(), 30_000, 5);
  await expect(waitForGraylog(api("guess"), 600_000)).rejects.toThrow(/GET .*index_sets.*: 401/);
});

test("a refusal tells what was asked and what Graylog says", async () => {
  await expect(
    api().call("POST", "/system/inputs", { ...desired.input, global: true, colour: "red" }),
  ).rejects.toThrow(/POST \/system\/inputs: 400 .*colour/);
});
