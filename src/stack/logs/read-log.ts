import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { formatLine } from "./format-line";
import { readLine, type LogLine } from "./log-line";

/** The log files of a folder: one per process. */
export function logFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .sort()
    .map((name) => join(folder, name));
}

/** The last `maxBytes` of a log as lines; with `older`, what was rotated away comes first. */
export function readLog(path: string, maxBytes: number, older: boolean): LogLine[] {
  const texts = [
    ...(older && existsSync(`${path}.1`) ? [readFileSync(`${path}.1`, "utf8")] : []),
    readTail(path, maxBytes),
  ];
  return parseLines(sourceOf(path), texts.join("").split("\n"));
}

export function sourceOf(path: string): string {
  return basename(path, ".log");
}

/** Lines without a time of their own (continuations) take that of the line before. */
export function parseLines(source: string, texts: string[], fromMs = 0): LogLine[] {
  let lastMs = fromMs;
  return texts
    .filter((text) => text.trim() !== "")
    .map((text) => {
      const line = readLine(source, text, lastMs);
      lastMs = line.timeMs;
      return line;
    });
}

/** The end of a log for an error message. */
export function lastLines(path: string, count: number): string {
  if (!existsSync(path)) return "(empty)";
  return readLog(path, 64 * 1024, false)
    .slice(-count)
    .map((line) => `  ${formatLine(line, false)}`)
    .join("\n");
}

function readTail(path: string, maxBytes: number): string {
  if (!existsSync(path)) return "";
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const length = Math.min(size, maxBytes);
    const buffer = Buffer.alloc(length);
    readSync(file, buffer, 0, length, size - length);
    const text = buffer.toString("utf8");
    return length < size ? text.slice(text.indexOf("\n") + 1) : text;
  } finally {
    closeSync(file);
  }
}
