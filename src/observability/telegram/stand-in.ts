import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { standInAccount, type TelegramAccount } from "./account";
import { createLimits } from "./limits";
import type { Message, MessageLog } from "./message-log";
import { renderPage } from "./page";
import { ApiError, sendMessage } from "./send-message";

const maxBodyBytes = 256 * 1024;

type Reply = { status: number; body: unknown; headers?: Record<string, string> };

export type StandInOptions = {
  log: MessageLog;
  account?: TelegramAccount;
  now?: () => number;
  /** Told of each message taken, and of each refused with why. Never sees the token. */
  onMessage?: (outcome: { message: Message } | { refused: string; code: number }) => void;
};

/**
 * A stand-in for `api.telegram.org`: `POST /bot<token>/sendMessage` and `getMe` as the Bot API answers them; `GET /` a page and `GET /messages?after=&limit=`
 * the JSON of what was received, `DELETE /messages` to forget it, `GET /healthz`.
 */
export function createStandIn({
  log,
  account = standInAccount,
  now = Date.now,
  onMessage = () => {},
}: StandInOptions): Server {
  const limits = createLimits(now);

  const call = async (request: IncomingMessage, url: URL): Promise<Reply> => {
    const [, token, method] = /^\/bot([^/]+)\/([^/]+)$/.exec(url.pathname) ?? [];
    if (!token || !/^\d+:[\w-]+$/.test(token)) throw new ApiError(404, "Not Found");
    if (token !== account.token) throw new ApiError(401, "Unauthorized");
    const parameters = await readParameters(request, url);
    switch (method?.toLowerCase()) {
      case "getme":
        return ok({ id: 1, is_bot: true, first_name: "Telegram stand-in", username: "alexandrite_bot" });
      case "sendmessage":
        return ok(messageResult(sent(parameters)));
      default:
        throw new ApiError(404, "Not Found");
    }
  };

  const sent = (parameters: Record<string, unknown>): Message => {
    try {
      const message = sendMessage(parameters, { account, limits, log, now });
      onMessage({ message });
      return message;
    } catch (error) {
      if (error instanceof ApiError) onMessage({ refused: error.message, code: error.code });
      throw error;
    }
  };

  const route = async (request: IncomingMessage): Promise<Reply> => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname.startsWith("/bot")) return call(request, url);
    const what = `${request.method} ${url.pathname}`;
    if (what === "GET /healthz") return { status: 200, body: { ok: true } };
    if (what === "GET /") return { status: 200, body: renderPage(log.list(0, 200)) };
    if (what === "GET /messages") {
      const number = (name: string): number | undefined => Number(url.searchParams.get(name)) || undefined;
      return { status: 200, body: { messages: log.list(number("after"), number("limit")).map(listed) } };
    }
    if (what === "DELETE /messages") {
      log.clear();
      return { status: 200, body: { messages: [] } };
    }
    throw new ApiError(404, "Not Found");
  };

  return createServer((request, response) => {
    route(request).then(
      (reply) => send(response, reply),
      (error: unknown) => send(response, failure(error)),
    );
  });
}

function ok(result: unknown): Reply {
  return { status: 200, body: { ok: true, result } };
}

function failure(error: unknown): Reply {
  const known = error instanceof ApiError ? error : new ApiError(500, "Internal Server Error");
  const { code, message, retryAfter } = known;
  const retry = retryAfter === undefined ? undefined : { retry_after: retryAfter };
  return {
    status: code,
    body: { ok: false, error_code: code, description: message, ...(retry ? { parameters: retry } : {}) },
    headers: retry ? { "retry-after": String(retryAfter) } : {},
  };
}

function messageResult(message: Message): unknown {
  const { messageId, date, chatId, text, entities } = message;
  return {
    message_id: messageId,
    from: { id: 1, is_bot: true, first_name: "Telegram stand-in", username: "alexandrite_bot" },
    chat: { id: Number(chatId), type: "private" },
    date,
    text,
    ...(entities.length > 0 ? { entities } : {}),
  };
}

function listed({ messageId, date, chatId, text, entities, html, silent }: Message): unknown {
  return { message_id: messageId, date, chat_id: chatId, text, entities, html, silent };
}

/** Parameters may come in the query, as JSON, or as a form (https://core.telegram.org/bots/api#making-requests); files are not taken. */
async function readParameters(request: IncomingMessage, url: URL): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new ApiError(413, "Request Entity Too Large");
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString("utf8");
  const type = request.headers["content-type"] ?? "";
  const query = Object.fromEntries(url.searchParams);
  if (!type.startsWith("application/json"))
    return { ...query, ...Object.fromEntries(new URLSearchParams(body)) };
  try {
    return { ...query, ...(JSON.parse(body || "{}") as Record<string, unknown>) };
  } catch {
    throw new ApiError(400, "Bad Request: can't parse JSON object");
  }
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  const page = typeof body === "string";
  response.writeHead(status, {
    "content-type": page ? "text/html; charset=utf-8" : "application/json",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(page ? body : `${JSON.stringify(body)}\n`);
}
