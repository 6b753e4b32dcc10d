/** One line of a log, whoever wrote it. */
export type LogLine = {
  timeMs: number;
  /** The name of the process, from its log file. */
  source: string;
  level: Level;
  message: string;
  orderId?: string;
  traceId?: string;
  /** What else a structured line carries, without what every line has. */
  fields: Record<string, unknown>;
};

export const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type Level = (typeof levels)[number];

const common = new Set([
  "time",
  "ts",
  "caller",
  "level",
  "msg",
  "message",
  "service",
  "instance",
  "pid",
  "hostname",
  "v",
  "order_id",
  "trace_id",
  "span_id",
  "trace_flags",
]);

/** Reads a line of JSON as pino, Prometheus and Jaeger write it, or a raw one of PostgreSQL, Kafka or versitygw; a line without a time gets `otherwiseMs`. */
export function readLine(source: string, text: string, otherwiseMs: number): LogLine {
  const record = text.startsWith("{") ? parse(text) : undefined;
  if (!record) return rawLine(source, text, otherwiseMs);
  // Go's loggers say ts.
  const time = record["time"] ?? record["ts"];
  return {
    timeMs: typeof time === "number" ? time : Date.parse(String(time)) || otherwiseMs,
    source,
    level: readLevel(record["level"]),
    message: String(record["msg"] ?? record["message"] ?? ""),
    ...(record["order_id"] ? { orderId: String(record["order_id"]) } : {}),
    ...(record["trace_id"] ? { traceId: String(record["trace_id"]) } : {}),
    fields: Object.fromEntries(Object.entries(record).filter(([name]) => !common.has(name))),
  };
}

function rawLine(source: string, text: string, otherwiseMs: number): LogLine {
  const stamp = /^\[?(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:[.,]\d+)?)\s*(?:UTC|Z)?\]?\s*/.exec(text);
  const timeMs = stamp ? Date.parse(`${stamp[1]}T${stamp[2]?.replace(",", ".")}Z`) : otherwiseMs;
  return {
    timeMs: timeMs || otherwiseMs,
    source,
    level: rawLevel(text),
    message: text.slice(stamp?.[0].length ?? 0),
    fields: {},
  };
}

function rawLevel(text: string): Level {
  if (/\b(FATAL|PANIC)\b/.test(text)) return "fatal";
  if (/\bERROR\b/.test(text)) return "error";
  if (/\bWARN(ING)?\b/.test(text)) return "warn";
  if (/\bDEBUG\b/.test(text)) return "debug";
  return "info";
}

function readLevel(value: unknown): Level {
  if (typeof value === "number")
    return levels[Math.min(Math.max(Math.floor(value / 10) - 1, 0), levels.length - 1)] ?? "info";
  return levels.find((level) => level === value) ?? "info";
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
