import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { standInAccount, type TelegramAccount } from "../telegram";

/** To whom Alertmanager sends. `standIn` = to the stand-in on this machine. */
export type TelegramSettings = TelegramAccount & { apiUrl: string; standIn: boolean };

/** The stand-in as what Alertmanager sends to. */
export function standIn(apiUrl: string): TelegramSettings {
  return { ...standInAccount, apiUrl, standIn: true };
}

export type TelegramSource = {
  env: NodeJS.ProcessEnv;
  /** Where `telegram-token` and `telegram-chat-id` may lie. */
  folder: string;
  standInUrl: string;
};

/**
 * The bot's token and the chat: from TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, else from the files that TELEGRAM_BOT_TOKEN_FILE and
 * TELEGRAM_CHAT_ID_FILE name, else from `telegram-token` and `telegram-chat-id` in the folder. With neither of the two it is the stand-in. Throws one
 * sentence, without the token in it, when only one is there or one is malformed.
 */
export function readTelegram({ env, folder, standInUrl }: TelegramSource): TelegramSettings {
  const token = read(env, "TELEGRAM_BOT_TOKEN", join(folder, "telegram-token"));
  const chatId = read(env, "TELEGRAM_CHAT_ID", join(folder, "telegram-chat-id"));
  if (token === undefined && chatId === undefined) return standIn(standInUrl);
  if (token === undefined || chatId === undefined) {
    const [given, missing] =
      token === undefined
        ? ["TELEGRAM_CHAT_ID", "TELEGRAM_BOT_TOKEN"]
        : ["TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID"];
    throw new Error(
      `${given} is given and ${missing} is not: give both (or ${missing}_FILE), or neither for the stand-in.`,
    );
  }
  if (!/^\d+:[\w-]+$/.test(token))
    throw new Error(
      "The Telegram bot's token is malformed: @BotFather gives one such as 110201543:AAHdqTcv….",
    );
  if (!/^-?[1-9]\d*$/.test(chatId))
    throw new Error(`${chatId} is no Telegram chat's id: it is a whole number, negative for a group.`);
  return { token, chatId, apiUrl: "https://api.telegram.org", standIn: false };
}

function read(env: NodeJS.ProcessEnv, name: string, otherwise: string): string | undefined {
  const value = env[name]?.trim();
  if (value) return value;
  const path = env[`${name}_FILE`];
  if (!path && !existsSync(otherwise)) return undefined;
  return readFileSync(path || otherwise, "utf8").trim() || undefined;
}
