import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Entity } from "./entity";

/** A message as it was taken. `html` is what was sent, `text` what people see. */
export type Message = {
  messageId: number;
  /** Epoch seconds. */
  date: number;
  chatId: string;
  text: string;
  entities: Entity[];
  html: string;
  silent: boolean;
};

/** The newest messages, in memory and in `messages.jsonl`; the file never holds more than `maxBytes`, or one message. Ids go on over restarts. */
export class MessageLog {
  readonly #path: string;
  readonly #maxBytes: number;
  #messages: { message: Message; bytes: number }[] = [];
  #bytes = 0;
  #lastId = 0;

  constructor(folder: string, maxBytes: number) {
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, "messages.jsonl");
    this.#maxBytes = maxBytes;
    const lines = existsSync(this.#path) ? readFileSync(this.#path, "utf8").split("\n") : [];
    for (const line of lines) {
      const message = parse(line);
      if (message) this.#keep(message, line);
    }
    this.#rewrite();
  }

  /** Takes a message, gives it the next id, and returns it. */
  add(message: Omit<Message, "messageId">): Message {
    const kept = { messageId: this.#lastId + 1, ...message };
    const line = JSON.stringify(kept);
    this.#keep(kept, line);
    if (this.#bytes > this.#maxBytes) {
      // Half of it goes at once, so that the file is not written anew for each message.
      while (this.#messages.length > 1 && this.#bytes > this.#maxBytes / 2)
        this.#bytes -= this.#messages.shift()?.bytes ?? 0;
      this.#rewrite();
    } else appendFileSync(this.#path, `${line}\n`);
    return kept;
  }

  /** Messages after an id, the oldest first; the newest `limit` of them. */
  list(after = 0, limit = 1_000): Message[] {
    return this.#messages
      .map(({ message }) => message)
      .filter(({ messageId }) => messageId > after)
      .slice(-limit);
  }

  /** Forgets all messages. Ids go on as long as the process lives. */
  clear(): void {
    this.#messages = [];
    this.#bytes = 0;
    this.#rewrite();
  }

  #keep(message: Message, line: string): void {
    const bytes = Buffer.byteLength(line) + 1;
    this.#messages.push({ message, bytes });
    this.#bytes += bytes;
    this.#lastId = Math.max(this.#lastId, message.messageId);
  }

  #rewrite(): void {
    const text = this.#messages.map(({ message }) => `${JSON.stringify(message)}\n`).join("");
    writeFileSync(`${this.#path}.new`, text);
    renameSync(`${this.#path}.new`, this.#path);
  }
}

function parse(line: string): Message | undefined {
  try {
    return line === "" ? undefined : (JSON.parse(line) as Message);
  } catch {
    // The last line after a crash in the middle of a write.
    return undefined;
  }
}
