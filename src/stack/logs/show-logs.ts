import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { PlainError } from "../plain-error";
import { formatLine } from "./format-line";
import { FollowedLog } from "./follow-log";
import { levels, readLine, type LogLine } from "./log-line";
import { logFiles, readLog, sourceOf } from "./read-log";

export type LogQuery = {
  order?: string;
  services: string[];
  level?: string;
  follow: boolean;
  /** How many lines of the past to show; without it all, as when an order is asked for. */
  lines?: number;
  colour: boolean;
};

/** Reads the query from the variables of `make logs`. */
export function logQuery(env: NodeJS.ProcessEnv, terminal: boolean): LogQuery {
  const level = env["LEVEL"]?.toLowerCase();
  if (level && !levels.some((known) => known === level))
    throw new PlainError(`LEVEL=${level} is none of ${levels.join(", ")}.`);
  const order = env["ORDER"] || undefined;
  return {
    order,
    services: (env["SERVICE"] ?? "").split(/[\s,]+/).filter(Boolean),
    level: level || undefined,
    follow: env["FOLLOW"] ? env["FOLLOW"] !== "0" : terminal && !order,
    lines: env["LINES"] ? Number(env["LINES"]) : order ? undefined : 200,
    colour: terminal && !env["NO_COLOR"],
  };
}

/** Prints the logs of a folder, merged by time; then, when following, what comes. */
export async function showLogs(
  folder: string,
  query: LogQuery,
  print: (line: string) => void,
  until?: AbortSignal,
): Promise<void> {
  const files = logFiles(folder);
  if (files.length === 0)
    throw new PlainError(`There are no logs in ${folder}: start the system with make run-all.`);
  const unknown = query.services.find((service) => !files.some((file) => isOf(sourceOf(file), service)));
  if (unknown)
    throw new PlainError(`There is no log of ${unknown}; there are: ${files.map(sourceOf).join(", ")}.`);
  const followed = new Map(files.map((file) => [file, new FollowedLog(file)]));
  const tailBytes = query.lines === undefined || query.level ? Infinity : 1024 * 1024;
  const past = files
    .flatMap((file) => readLog(file, tailBytes, query.order !== undefined))
    .filter((line) => matches(line, query))
    .sort((a, b) => a.timeMs - b.timeMs);
  for (const line of past.slice(Math.max(0, past.length - (query.lines ?? past.length))))
    print(formatLine(line, query.colour));
  while (query.follow && !until?.aborted) {
    await sleep(250);
    for (const file of logFiles(folder))
      if (!followed.has(file)) followed.set(file, new FollowedLog(file, true));
    const fresh = [...followed.values()].flatMap((log) => log.next()).filter((line) => matches(line, query));
    for (const line of fresh.sort((a, b) => a.timeMs - b.timeMs)) print(formatLine(line, query.colour));
  }
}

/** Prints `docker compose logs --no-color` from standard input in the same way: `service-1  | text`. */
export async function showPipedLogs(
  input: NodeJS.ReadableStream,
  query: LogQuery,
  print: (line: string) => void,
): Promise<void> {
  for await (const text of createInterface({ input })) {
    const [, source = "", rest = text] = /^(\S+?)(?:-\d+)?\s*\| ?(.*)$/.exec(text) ?? [];
    const line = readLine(source, rest, Date.now());
    if (matches(line, query)) print(formatLine(line, query.colour));
  }
}

function matches(line: LogLine, query: LogQuery): boolean {
  if (query.services.length > 0 && !query.services.some((service) => isOf(line.source, service)))
    return false;
  if (query.level && levels.indexOf(line.level) < levels.findIndex((level) => level === query.level))
    return false;
  if (!query.order) return true;
  return (
    line.orderId === query.order ||
    line.message.includes(query.order) ||
    JSON.stringify(line.fields).includes(query.order)
  );
}

/** `pricing` names all its instances. */
function isOf(source: string, service: string): boolean {
  return (
    source === service || (source.startsWith(`${service}-`) && /^\d+$/.test(source.slice(service.length + 1)))
  );
}
