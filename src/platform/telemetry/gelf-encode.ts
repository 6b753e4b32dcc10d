import { cutBytes, type Gelf, GelfFields } from "./gelf-fields";
import { quoteLongIntegers } from "./long-integers";

/** Syslog severities of pino's levels, as labels and as numbers. */
const syslog: Record<string, number> = {
  trace: 7,
  debug: 7,
  info: 6,
  warn: 4,
  error: 3,
  fatal: 2,
  "10": 7,
  "20": 7,
  "30": 6,
  "40": 4,
  "50": 3,
  "60": 2,
};

/** Longest `short_message`; a longer text is whole in `full_message`, up to its own limit. In bytes. */
const maxShortBytes = 32_000;
const maxFullBytes = 256 * 1024;

/**
 * One pino line as a GELF 1.1 message, so that Graylog's codec loses nothing of it in silence. It drops booleans, so they become the texts
 * "true" and "false"; it would print objects as JSON, so they are flattened with `_`; integers beyond 2^53 become texts, for it wraps those beyond
 * 2^63 round; names of its own get the prefix `field_`; what it cannot hold is named, see `GelfFields`. It trims texts. Seconds are a
 * float; an ISO text would be ignored, milliseconds land in the year 55840. Returns undefined for what is no JSON object.
 */
export function encodeGelf(line: string): Gelf | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(quoteLongIntegers(line));
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  const { level, time, msg, service, instance, ...rest } = parsed as Record<string, unknown>;
  const stack = stackOf(rest["err"] ?? rest["error"]);
  // Graylog refuses a message whose host or short_message is missing or blank.
  const text = solid(msg) ?? messageOf(rest["err"] ?? rest["error"]) ?? "(no message)";
  const short = cutBytes(text, maxShortBytes);
  const message: Gelf = {
    version: "1.1",
    host: solid(instance) ?? solid(service) ?? "unknown",
    short_message: short,
    timestamp: seconds(time),
    level: syslog[String(level)] ?? 6,
  };
  if (stack) message["full_message"] = cutBytes(`${text}\n${stack}`, maxFullBytes);
  else if (short !== text) message["full_message"] = cutBytes(text, maxFullBytes);
  const fields = new GelfFields(message);
  if (service !== undefined) fields.add("service", service);
  if (instance !== undefined) fields.add("instance", instance);
  fields.add("level_name", String(level));
  for (const [name, value] of Object.entries(rest)) fields.add(name, value);
  fields.finish();
  return message;
}

/** A GELF message as a frame of the TCP input: its JSON and a zero byte, which JSON never contains. */
export function gelfFrame(message: Gelf): Buffer {
  return Buffer.from(`${JSON.stringify(message)}\0`);
}

function seconds(time: unknown): number {
  const ms = typeof time === "number" ? time : typeof time === "string" ? Date.parse(time) : NaN;
  return (Number.isFinite(ms) ? ms : Date.now()) / 1000;
}

/** A text with something in it. */
function solid(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function messageOf(err: unknown): string | undefined {
  return solid((err as { message?: unknown } | null | undefined)?.message);
}

function stackOf(err: unknown): string | undefined {
  const stacks: string[] = [];
  for (
    let at = err as { stack?: unknown; cause?: unknown } | null | undefined, depth = 0;
    at && depth < 8;
    depth++
  ) {
    if (typeof at.stack === "string") stacks.push(at.stack);
    at = at.cause as typeof at;
  }
  return stacks.length > 0 ? stacks.join("\ncaused by: ") : undefined;
}
