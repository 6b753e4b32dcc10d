import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { parseLines, sourceOf } from "./read-log";
import type { LogLine } from "./log-line";

/** Reads what is added to a log after now; a log that became shorter was rotated and is read from its beginning. */
export class FollowedLog {
  readonly #path: string;
  #offset: number;
  #rest = "";

  constructor(path: string, fromStart = false) {
    this.#path = path;
    this.#offset = fromStart || !existsSync(path) ? 0 : statSync(path).size;
  }

  /** The whole lines that came since the last call. */
  next(): LogLine[] {
    if (!existsSync(this.#path)) return [];
    const { size } = statSync(this.#path);
    if (size < this.#offset) this.#offset = 0;
    if (size === this.#offset) return [];
    const buffer = Buffer.alloc(size - this.#offset);
    const file = openSync(this.#path, "r");
    try {
      readSync(file, buffer, 0, buffer.length, this.#offset);
    } finally {
      closeSync(file);
    }
    this.#offset = size;
    const texts = (this.#rest + buffer.toString("utf8")).split("\n");
    this.#rest = texts.pop() ?? "";
    return parseLines(sourceOf(this.#path), texts, Date.now());
  }
}
