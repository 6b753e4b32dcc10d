import { appendFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageLog } from "./message-log";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "alexandrite-telegram-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const message = (text: string): Parameters<MessageLog["add"]>[0] => ({
  date: 1,
  chatId: "1",
  text,
  html: text,
  entities: [],
  silent: false,
});

test("messages and their ids outlive the process, a half-written line does not", () => {
  const first = new MessageLog(folder, 10_000);
  first.add(message("one"));
  first.add(message("two"));
  appendFileSync(join(folder, "messages.jsonl"), '{"messageId":3,"te');
  const second = new MessageLog(folder, 10_000);
  expect(second.list().map(({ text }) => text)).toEqual(["one", "two"]);
  expect(second.add(message("three")).messageId).toBe(3);
  expect(second.list(1, 1).map(({ text }) => text)).toEqual(["three"]);
});

test("the file stays within its bound, and the newest messages stay", () => {
  const log = new MessageLog(folder, 2_000);
  for (let n = 1; n <= 200; n++) {
    log.add(message(`message ${n}`));
    expect(statSync(join(folder, "messages.jsonl")).size).toBeLessThanOrEqual(2_000);
  }
  expect(log.list().at(-1)?.text).toBe("message 200");
  expect(log.list().length).toBeGreaterThan(5);
});

test("what was forgotten stays forgotten, and ids go on", () => {
  const log = new MessageLog(folder, 2_000);
  log.add(message("one"));
  log.clear();
  expect(new MessageLog(folder, 2_000).list()).toEqual([]);
  expect(log.add(message("two")).messageId).toBe(2);
});
