import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { standInAccount } from "../telegram";
import { readTelegram, type TelegramSettings } from "./telegram-settings";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "alexandrite-telegram-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const token = "110201543:no-token-of-anybody-but-of-its-form";
const read = (env: NodeJS.ProcessEnv): TelegramSettings =>
  readTelegram({ env, folder, standInUrl: "http://127.0.0.1:8081" });
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test("without a token and a chat it is the stand-in", () => {
  expect(read({})).toEqual({ ...standInAccount, apiUrl: "http://127.0.0.1:8081", standIn: true });
});

test("token and chat come from the environment, from the files that it names, or from the state folder", () => {
  const real = { token, chatId: "-1001", apiUrl: "https://api.telegram.org", standIn: false };
  expect(read({ TELEGRAM_BOT_TOKEN: token, TELEGRAM_CHAT_ID: "-1001" })).toEqual(real);
  const files = {
    TELEGRAM_BOT_TOKEN_FILE: file("t", `${token}\n`),
    TELEGRAM_CHAT_ID_FILE: file("c", "-1001\n"),
  };
  expect(read(files)).toEqual(real);
  file("telegram-token", token);
  file("telegram-chat-id", "-1001");
  expect(read({})).toEqual(real);
});

test.each([
  [{ TELEGRAM_BOT_TOKEN: token }, "TELEGRAM_BOT_TOKEN is given and TELEGRAM_CHAT_ID is not"],
  [{ TELEGRAM_CHAT_ID: "1" }, "TELEGRAM_CHAT_ID is given and TELEGRAM_BOT_TOKEN is not"],
  [{ TELEGRAM_BOT_TOKEN: `${token}!`, TELEGRAM_CHAT_ID: "1" }, "The Telegram bot's token is malformed"],
  [{ TELEGRAM_BOT_TOKEN: token, TELEGRAM_CHAT_ID: "@here" }, "@here is no Telegram chat's id"],
  [{ TELEGRAM_BOT_TOKEN_FILE: "/nowhere", TELEGRAM_CHAT_ID: "1" }, "/nowhere"],
])("what is incomplete or malformed is refused, without a word of the token: %#", (env, words) => {
  expect(() => read(env)).toThrow(words);
  expect(() => read(env)).not.toThrow(token.slice(12));
});
