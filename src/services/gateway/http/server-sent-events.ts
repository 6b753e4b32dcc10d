import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { toAppError } from "../../../platform/errors";

/**
 * Answers with a stream of events (text/event-stream), one per message. A fault in the middle is an event of its own, `error`, because the
 * status has been sent. Closing the connection ends the source.
 */
export function sendEvents(reply: FastifyReply, messages: AsyncIterable<unknown>): FastifyReply {
  return reply
    .header("content-type", "text/event-stream; charset=utf-8")
    .header("cache-control", "no-store")
    .header("x-accel-buffering", "no")
    .send(Readable.from(frames(messages)));
}

async function* frames(messages: AsyncIterable<unknown>): AsyncGenerator<string> {
  try {
    for await (const message of messages) yield `data: ${JSON.stringify(message)}\n\n`;
    yield "event: end\ndata: {}\n\n";
  } catch (error) {
    const { reason, message } = toAppError(error);
    yield `event: error\ndata: ${JSON.stringify({ reason, message })}\n\n`;
  }
}
