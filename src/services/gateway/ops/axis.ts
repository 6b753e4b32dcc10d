import type { LogLine } from "./log-line";
import type { History } from "./order-events";
import type { Span } from "./span";

/** Something that happened to an order, on the one time axis of its story. */
export type Entry = {
  kind: "event" | "span" | "log";
  /** Epoch milliseconds. */
  atMs: number;
  /** Of spans. */
  durationMs?: number;
  /** The process, or for an event the service that made the move. */
  service: string;
  title: string;
  detail: string;
  level: "ok" | "warn" | "error";
  /** Of events. */
  version?: number;
  /** A page of ours that shows it in its trace. */
  link?: string;
};

/** The newest so many are told. */
export const mostEntries = 3_000;

export function traceLink(traceId: string, spanId = ""): string {
  return `/ops/traces/${traceId}${spanId === "" ? "" : `#${spanId}`}`;
}

/** Puts all on one axis, the oldest first. At the same millisecond what caused comes before what it caused: span, event, log line. */
export function axisOf(moves: History["moves"], spans: readonly Span[], lines: readonly LogLine[]): Entry[] {
  const rank = { span: 0, event: 1, log: 2 };
  return [...spans.map(ofSpan), ...moves.map(ofMove), ...lines.map(ofLine)]
    .sort((a, b) => a.atMs - b.atMs || rank[a.kind] - rank[b.kind])
    .slice(-mostEntries);
}

/** The spans in which an order enters a process, and those that failed; what happens below them is in the trace. */
export function stepsOf(spans: readonly Span[]): Span[] {
  return spans.filter(
    ({ kind, parentSpanId, failed }) =>
      kind === "SERVER" || kind === "CONSUMER" || parentSpanId === undefined || failed,
  );
}

function ofMove({
  version,
  status,
  previousStatus,
  source,
  actor,
  atMs,
  traceId,
  knownBy,
}: History["moves"][number]): Entry {
  return {
    kind: "event",
    atMs,
    service: source.toLowerCase(),
    title: `${previousStatus === "" ? "" : `${previousStatus} → `}${status}`,
    detail: `by ${actor || "nobody named"}, stored in ${knownBy.join(", ")}`,
    level: "ok",
    version,
    ...(traceId === undefined ? {} : { link: traceLink(traceId) }),
  };
}

function ofSpan({
  traceId,
  spanId,
  service,
  name,
  kind,
  startMs,
  durationMs,
  failed,
  statusMessage,
}: Span): Entry {
  return {
    kind: "span",
    atMs: startMs,
    durationMs,
    service,
    title: name.replace(/^alexandrite\.\w+\.v1\./, ""),
    detail: [kind.toLowerCase(), statusMessage].filter(Boolean).join(", "),
    level: failed ? "error" : "ok",
    link: traceLink(traceId, spanId),
  };
}

function ofLine({ atMs, service, level, message, detail, traceId, spanId }: LogLine): Entry {
  return {
    kind: "log",
    atMs,
    service,
    title: message.replace(/^alexandrite\.\w+\.v1\./, ""),
    detail,
    level: level === "error" || level === "fatal" ? "error" : level === "warn" ? "warn" : "ok",
    ...(traceId === undefined ? {} : { link: traceLink(traceId, spanId) }),
  };
}
