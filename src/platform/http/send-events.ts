import { once } from "node:events";
import type { FastifyReply, FastifyRequest } from "fastify";
import { exchangeOf } from "./exchange";
import { answerOf, problemOf } from "./problem";

/** One server-sent event; `data` goes out as JSON. */
export type ServerEvent = { data: unknown; event?: string; id?: string };

/**
 * Answers with server-sent events until `events` ends, the client goes away, or the server stops. A comment line every
 * `heartbeatMs` (15 s) keeps proxies from closing an idle stream. An error of the source becomes an event `error` with a Problem.
 * The request's scope signal is aborted when the stream ends, so a source built on it ends too. Give the route
 * `config: { deadlineMs: 0 }`, otherwise calls below it inherit the default deadline.
 */
export async function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  events: AsyncIterable<ServerEvent>,
  { heartbeatMs = 15_000 }: { heartbeatMs?: number } = {},
): Promise<void> {
  const exchange = exchangeOf(request);
  const { raw } = reply;
  clearTimeout(exchange?.deadline);
  reply.hijack();
  const headers = Object.fromEntries(
    Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined),
  );
  raw.writeHead(200, {
    ...headers,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  raw.flushHeaders();

  let over = false;
  const end = () => {
    if (over) return;
    over = true;
    // Aborts the source's calls: a generator that waits for its next message would otherwise never return.
    exchange?.abort.abort();
    raw.end();
  };
  const heartbeat = setInterval(() => raw.write(": still here\n\n"), heartbeatMs);
  const { closing } = exchange ?? {};
  raw.once("close", end);
  closing?.addEventListener("abort", end, { once: true });
  if (closing?.aborted) end();
  try {
    for await (const event of events) {
      if (over) break;
      if (!raw.write(frame(event))) await Promise.race([once(raw, "drain"), once(raw, "close")]);
    }
  } catch (error) {
    if (!over) {
      if (exchange) exchange.error ??= error;
      raw.write(frame({ event: "error", data: problemOf(answerOf(error).error) }));
    }
  } finally {
    clearInterval(heartbeat);
    closing?.removeEventListener("abort", end);
    end();
  }
}

function frame({ data, event, id }: ServerEvent): string {
  const head = `${id === undefined ? "" : `id: ${oneLine(id)}\n`}${event === undefined ? "" : `event: ${oneLine(event)}\n`}`;
  return `${head}data: ${JSON.stringify(data)}\n\n`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, " ");
}
