import { SpanKind, type Attributes } from "../../telemetry";
import type { LogLine, TestHost } from "../../testing";

export type Side = "server" | "client";
export type MethodLabels = { grpc_type: string; grpc_service: string; grpc_method: string };

/** What the metrics say of a method's calls. */
export type Counts = {
  started: number;
  handled: number;
  /** Calls by code; codes without calls are left out. */
  codes: Record<string, number>;
  timed: number;
  seconds: number;
  inFlight: number;
};

/** Reads a side's counts, of the methods with these labels: one collection, for a matrix reads them hundreds of times. */
export async function countsOf(
  host: TestHost,
  side: Side,
  labels: Partial<MethodLabels> = {},
): Promise<Counts> {
  const counts: Counts = { started: 0, handled: 0, codes: {}, timed: 0, seconds: 0, inFlight: 0 };
  const wanted = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  for (const line of (await host.metricsText()).split("\n")) {
    if (!line.startsWith(`grpc_${side}_`) || !wanted.every((label) => line.includes(label))) continue;
    const [, sample, given = "", text] = /^grpc_[a-z]+?_([a-z_]+)\{(.*?)\} (\S+)/.exec(line) ?? [];
    const value = Number(text);
    if (sample === "started_total") counts.started += value;
    else if (sample === "in_flight") counts.inFlight += value;
    else if (sample === "handling_seconds_count") counts.timed += value;
    else if (sample === "handling_seconds_sum") counts.seconds += value;
    else if (sample === "handled_total" && value > 0) {
      const code = /grpc_code="(.*?)"/.exec(given)?.[1] ?? "none";
      counts.handled += value;
      counts.codes[code] = (counts.codes[code] ?? 0) + value;
    }
  }
  return counts;
}

/** What came between two readings; `inFlight` is that of the later one. */
export function between(before: Counts, after: Counts): Counts {
  const codes = Object.entries(after.codes).map(
    ([code, n]) => [code, n - (before.codes[code] ?? 0)] as const,
  );
  return {
    started: after.started - before.started,
    handled: after.handled - before.handled,
    codes: Object.fromEntries(codes.filter(([, n]) => n !== 0)),
    timed: after.timed - before.timed,
    seconds: after.seconds - before.seconds,
    inFlight: after.inFlight,
  };
}

/** The lines of finished calls, of one method or of all. */
export function callLines(host: TestHost, method?: string): LogLine[] {
  return host.logs.filter(
    (line) => line["rpc_code"] !== undefined && (method === undefined || line["rpc_method"] === method),
  );
}

export type EndedSpan = ReturnType<TestHost["spans"]>[number];

/** The spans that ended on one side since the last `clear`. */
export function callSpans(host: TestHost, side: Side): EndedSpan[] {
  const kind = side === "server" ? SpanKind.SERVER : SpanKind.CLIENT;
  return host.spans().filter((span) => span.kind === kind);
}

/** A span's length in milliseconds. */
export function lengthOf({ duration: [seconds, nanos] }: EndedSpan): number {
  return seconds * 1e3 + nanos / 1e6;
}

/** The number under which a call's code is told in its span. */
export function statusOf({ attributes }: { attributes: Attributes }): unknown {
  return attributes["rpc.grpc.status_code"];
}
