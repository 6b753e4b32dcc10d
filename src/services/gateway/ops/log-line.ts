/** A line of a service's JSON log. */
export type LogLine = {
  /** Epoch milliseconds. */
  atMs: number;
  /** The process: `shop`, `shop-2`. */
  service: string;
  level: string;
  message: string;
  /** The other fields, as `name=value`. */
  detail: string;
  traceId?: string;
  spanId?: string;
};

/** What every line has, and what stands beside the detail. */
const common = new Set(["level", "time", "service", "instance", "msg", "order_id", "trace_id", "span_id"]);
const longest = 400;

/** Reads a line; undefined for one that is no JSON of ours, and for those that tell only that somebody looked at the order, such as the pages themselves. */
export function readLogLine(text: string): LogLine | undefined {
  const record = parse(text);
  const atMs = Date.parse(String(record?.["time"]));
  if (!record || Number.isNaN(atMs) || isLook(record)) return undefined;
  const { level, instance, service, msg, trace_id: traceId, span_id: spanId } = record;
  const detail = Object.entries(record)
    .filter(([name]) => !common.has(name))
    .map(([name, value]) => `${name}=${shown(value)}`)
    .join(" ");
  return {
    atMs,
    service: textOf(instance) ?? textOf(service) ?? "?",
    level: textOf(level) ?? "info",
    message: textOf(msg) ?? "",
    detail: detail.length > longest ? `${detail.slice(0, longest)}…` : detail,
    ...(typeof traceId === "string" ? { traceId } : {}),
    ...(typeof spanId === "string" ? { spanId } : {}),
  };
}

function isLook(record: Record<string, unknown>): boolean {
  return (
    /^alexandrite\.events\.v1\.OrderEventsService\//.test(textOf(record["rpc_method"]) ?? "") ||
    /^\/(api\/v1\/)?ops\//.test(textOf(record["http_path"]) ?? "")
  );
}

function shown(value: unknown): string {
  // pino's shape of an error: its stack is for the file.
  if (typeof value === "object" && value !== null && "message" in value)
    return JSON.stringify(String(value.message));
  return typeof value === "string" && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // The last line of a process that was killed while it wrote.
    return undefined;
  }
}
