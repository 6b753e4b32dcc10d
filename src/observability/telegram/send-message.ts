import type { TelegramAccount } from "./account";
import type { FormattedText } from "./entity";
import type { Limits } from "./limits";
import type { Message, MessageLog } from "./message-log";
import { MarkupError, parseHtml } from "./parse-html";

/** What Telegram answers when it does not do what it was asked. */
export class ApiError extends Error {
  readonly code: number;
  readonly retryAfter: number | undefined;

  constructor(code: number, description: string, retryAfter?: number) {
    super(description);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** Telegram counts after entities are parsed; here in UTF-16 units, as entities are, so that what passes here passes there. */
const maxLength = 4_096;

/**
 * `sendMessage` of the Bot API (https://core.telegram.org/bots/api#sendmessage) with `chat_id`, `text`, `parse_mode` HTML or none, and
 * `disable_notification`; what else it is given it leaves aside. Throws an `ApiError` with Telegram's code and wording.
 */
export function sendMessage(
  parameters: Record<string, unknown>,
  deps: { account: TelegramAccount; limits: Limits; log: MessageLog; now: () => number },
): Message {
  const { account, limits, log, now } = deps;
  const chatId = String(parameters["chat_id"] ?? "");
  if (chatId === "") throw new ApiError(400, "Bad Request: chat_id is empty");
  if (chatId !== account.chatId) throw new ApiError(400, "Bad Request: chat not found");
  const html = String(parameters["text"] ?? "");
  const { text, entities } = trimmed(format(html, String(parameters["parse_mode"] ?? "")));
  if (text === "") throw new ApiError(400, "Bad Request: message text is empty");
  if (text.length > maxLength) throw new ApiError(400, "Bad Request: message is too long");
  const wait = limits.take(chatId);
  if (wait > 0) throw new ApiError(429, `Too Many Requests: retry after ${wait}`, wait);
  return log.add({
    date: Math.floor(now() / 1_000),
    chatId,
    text,
    entities,
    html,
    silent: String(parameters["disable_notification"] ?? "") === "true",
  });
}

function format(text: string, mode: string): FormattedText {
  if (mode === "") return { text, entities: [] };
  if (mode.toLowerCase() !== "html") throw new ApiError(400, "Bad Request: unsupported parse_mode");
  try {
    return parseHtml(text);
  } catch (error) {
    if (!(error instanceof MarkupError)) throw error;
    throw new ApiError(400, `Bad Request: can't parse entities: ${error.message}`);
  }
}

/** Telegram takes blanks off both ends. */
function trimmed({ text, entities }: FormattedText): FormattedText {
  const start = text.length - text.trimStart().length;
  const length = text.trim().length;
  return {
    text: text.trim(),
    entities: entities.flatMap((entity) => {
      const from = Math.max(0, entity.offset - start);
      const to = Math.min(length, entity.offset + entity.length - start);
      return to > from ? [{ ...entity, offset: from, length: to - from }] : [];
    }),
  };
}
