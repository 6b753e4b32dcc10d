import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { services } from "../../stack/service-table";
import { readDesiredState } from "./desired";

const files = join(__dirname, "../../../graylog");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alexandrite-graylog-"));
  cpSync(files, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

test("every service has a stream", () => {
  const { streams } = readDesiredState(files);
  const named = streams.flatMap(({ rules }) => rules.filter(({ field }) => field === "service"));
  expect(named.map(({ value }) => value)).toEqual(expect.arrayContaining(services.map(({ name }) => name)));
});

test("a line is kept once: no index set's lines are another's", () => {
  for (const { rules, indexSet } of readDesiredState(files).streams) {
    const isDebug = rules.some(({ field, is, value }) => field === "level" && is === "above" && value === 6);
    expect([indexSet, isDebug]).toEqual([isDebug ? "alexandrite-debug" : "alexandrite-services", isDebug]);
    if (!isDebug) expect(rules.some(({ field }) => field === "level")).toBe(true);
  }
});

test.each([
  [
    "index-sets.json",
    '[{"title":"A","description":"B","prefix":"Ups","days":1}]',
    /index-sets\.json: 0\.prefix/,
  ],
  ["searches.json", '[{"id":"x","title":"X"}]', /searches\.json: 0\./],
  [
    "streams.json",
    '[{"title":"A","description":"B","indexSet":"c","rules":[{"field":"d","is":"exactly","value":1}]}]',
    /"A" names no index set: c/,
  ],
])("a mistake in %s is told with its place", (name, text, message) => {
  writeFileSync(join(folder, name), text);
  expect(() => readDesiredState(folder)).toThrow(message);
});
