import type { Level, LogLine } from "./log-line";

const colours: Record<Level, number> = { trace: 90, debug: 90, info: 32, warn: 33, error: 31, fatal: 35 };

/** A line for people: time, level, process, message, order, trace, and the other fields. */
export function formatLine(line: LogLine, colour: boolean): string {
  const paint = (code: number, text: string): string => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const time = new Date(line.timeMs).toISOString().slice(11, 23);
  const ids = [
    line.orderId ? `order_id=${line.orderId}` : "",
    line.traceId ? `trace_id=${line.traceId}` : "",
  ];
  const fields = Object.entries(line.fields).map(([name, value]) => `${name}=${short(value)}`);
  const parts = [
    paint(90, time),
    paint(colours[line.level], line.level.toUpperCase().padEnd(5)),
    paint(36, line.source.padEnd(12)),
    line.message,
    ...ids.filter(Boolean).map((id) => paint(34, id)),
    ...fields.map((field) => paint(90, field)),
  ];
  return parts.join(" ");
}

function short(value: unknown): string {
  if (typeof value === "number") return String(Math.round(value * 1_000) / 1_000);
  if (isError(value)) return JSON.stringify(`${value.type ?? "Error"}: ${value.message}`);
  const text =
    typeof value === "string" && /^[\w.:/@+-]+$/.test(value) ? value : (JSON.stringify(value) ?? "");
  return text.length > 300 ? `${text.slice(0, 297)}...` : text;
}

/** pino's shape of a serialised error. */
function isError(value: unknown): value is { type?: string; message: string; stack: string } {
  return typeof value === "object" && value !== null && "stack" in value && "message" in value;
}
