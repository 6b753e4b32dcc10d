import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type LogLine, readLogLine } from "./log-line";

export type OrderLogs = {
  /** By time, the oldest first. */
  lines: LogLine[];
  /** There are more: the limit of time or lines was met. */
  isCut: boolean;
};

const mostLines = 1_000;
/** A line that is longer is none of ours. */
const longestLine = 1_048_576;
const newline = 10;

/**
 * The lines of a folder's logs (`*.log`, and `*.log.1`, what was rotated away) that name an order. What is there at the limit is given. Whole pieces are searched
 * for the id before any line is made of them: a file of 20 MB without it costs a few milliseconds.
 */
export async function readOrderLogs(
  folder: string,
  orderId: string,
  signal: AbortSignal,
): Promise<OrderLogs> {
  const files = (await readdir(folder)).filter((name) => /\.log(\.1)?$/.test(name)).sort();
  const lines: LogLine[] = [];
  let isCut = false;
  for (const file of files) {
    try {
      for await (const text of linesWith(join(folder, file), orderId, signal)) {
        const line = readLogLine(text);
        if (line) lines.push(line);
      }
    } catch (error) {
      // A file that was rotated away meanwhile had its turn under its other name.
      if (!signal.aborted && (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      isCut ||= signal.aborted;
    }
  }
  lines.sort((a, b) => a.atMs - b.atMs);
  return { lines: lines.slice(-mostLines), isCut: isCut || lines.length > mostLines };
}

async function* linesWith(path: string, needle: string, signal: AbortSignal): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144, signal })) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    const end = bytes.lastIndexOf(newline) + 1;
    yield* linesIn(bytes.subarray(0, end), needle);
    rest = bytes.length - end > longestLine ? Buffer.alloc(0) : bytes.subarray(end);
  }
  yield* linesIn(rest, needle);
}

function* linesIn(bytes: Buffer, needle: string): Generator<string> {
  for (let at = bytes.indexOf(needle); at >= 0;) {
    const start = bytes.lastIndexOf(newline, at) + 1;
    const end = bytes.indexOf(newline, at);
    yield bytes.toString("utf8", start, end === -1 ? bytes.length : end);
    at = end === -1 ? -1 : bytes.indexOf(needle, end);
  }
}
