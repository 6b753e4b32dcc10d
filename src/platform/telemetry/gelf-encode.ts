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

/** Graylog keeps a message of up to 32,766 bytes per indexed field (Lucene's limit). */
const maxField = 32_000;
const maxFields = 200;

type Gelf = Record<string, string | number>;

/**
 * One pino line as a GELF 1.1 message. Graylog drops booleans and nulls without a word and prints objects as Java text, so
 * booleans become the strings "true" and "false", nulls are left out, and nested objects are flattened with `_`. Seconds are a float; an
 * ISO text or milliseconds would be ignored or land in the year 55840. `_id` is not allowed and becomes `_field_id`.
 * Returns undefined for what is no JSON object.
 */
export function encodeGelf(line: string): Gelf | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  const { level, time, msg, service, instance, ...rest } = parsed as Record<string, unknown>;
  const stack = stackOf(rest["err"] ?? rest["error"]);
  const message: Gelf = {
    version: "1.1",
    host: String(instance ?? service ?? "unknown"),
    // Graylog refuses a message whose short_message is missing or blank.
    short_message: cut(typeof msg === "string" && msg.trim() !== "" ? msg : firstText(rest)),
    timestamp: seconds(time),
    level: syslog[String(level)] ?? 6,
  };
  if (stack) message["full_message"] = cut(`${message["short_message"]}\n${stack}`);
  if (service !== undefined) message["_service"] = String(service);
  if (instance !== undefined) message["_instance"] = String(instance);
  message["_level_name"] = String(level);
  flatten("", rest, message, 0);
  return message;
}

/** A GELF message as a frame of the TCP input: its JSON and a zero byte, which JSON never contains. */
export function gelfFrame(message: Gelf): Buffer {
  return Buffer.from(`${JSON.stringify(message)}\0`);
}

function flatten(prefix: string, value: unknown, into: Gelf, depth: number): void {
  if (value === null || value === undefined || Object.keys(into).length >= maxFields) return;
  if (typeof value === "object") {
    if (Array.isArray(value) && value.every((each) => typeof each !== "object")) {
      into[key(prefix)] = cut(value.join(", "));
    } else if (depth >= 6) {
      into[key(prefix)] = cut(JSON.stringify(value));
    } else {
      for (const [name, inner] of Object.entries(value))
        flatten(prefix ? `${prefix}_${name}` : name, inner, into, depth + 1);
    }
    return;
  }
  into[key(prefix)] = typeof value === "number" && Number.isFinite(value) ? value : cut(String(value));
}

function key(name: string): string {
  // Graylog's codec drops keys outside this alphabet, spaces among them.
  const clean = name.replace(/[^\w.-]/g, "_");
  return clean === "id" ? "_field_id" : `_${clean}`;
}

function seconds(time: unknown): number {
  const ms = typeof time === "number" ? time : typeof time === "string" ? Date.parse(time) : NaN;
  return (Number.isFinite(ms) ? ms : Date.now()) / 1000;
}

function firstText(fields: Record<string, unknown>): string {
  const err = (fields["err"] ?? fields["error"]) as { message?: unknown } | undefined;
  return typeof err?.message === "string" && err.message.trim() !== "" ? err.message : "(no message)";
}

function stackOf(err: unknown): string | undefined {
  const stacks: string[] = [];
  for (
    let at = err as { stack?: unknown; cause?: unknown } | undefined, depth = 0;
    at && depth < 8;
    depth++
  ) {
    if (typeof at.stack === "string") stacks.push(at.stack);
    at = at.cause as typeof at;
  }
  return stacks.length > 0 ? stacks.join("\ncaused by: ") : undefined;
}

function cut(value: string): string {
  return value.length <= maxField ? value : `${value.slice(0, maxField)}…`;
}
