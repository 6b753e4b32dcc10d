import { z } from "zod";
import type { HttpClient } from "../../../platform/http";

const answer = z.object({
  messages: z.array(
    z.object({
      message_id: z.number(),
      /** Epoch seconds. */
      date: z.number(),
      text: z.string(),
      entities: z.array(
        z.object({ type: z.string(), offset: z.number(), length: z.number(), url: z.string().optional() }),
      ),
    }),
  ),
});

/** A message as its reader sees it. */
export type Message = {
  id: number;
  /** ISO 8601. */
  at: string;
  text: string;
  /** Where in the text links are, in UTF-16 units. */
  links: { offset: number; length: number; url: string }[];
};

const shown = 20;

/** What the stand-in for Telegram was sent, the newest first. */
export async function readMessages(telegram: HttpClient, signal: AbortSignal): Promise<Message[]> {
  const { messages } = await telegram.request({
    method: "GET",
    path: "/messages",
    route: "/messages",
    query: { limit: shown },
    schema: answer,
    signal,
  });
  return messages
    .sort((a, b) => b.message_id - a.message_id)
    .map(({ message_id: id, date, text, entities }) => ({
      id,
      at: new Date(date * 1_000).toISOString(),
      text,
      links: entities.flatMap(({ type, offset, length, url }) =>
        type === "text_link" && url !== undefined ? [{ offset, length, url }] : [],
      ),
    }));
}
