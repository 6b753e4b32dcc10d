import type { Trace, TraceSource, TraceSpan } from "./span";

type JaegerSpan = {
  traceID: string;
  spanID: string;
  operationName: string;
  references: { refType: string; traceID: string; spanID: string }[];
  /** Microseconds, like the duration. */
  startTime: number;
  duration: number;
  tags: { key: string; value: unknown }[];
  processID: string;
};
type JaegerTrace = {
  traceID: string;
  spans: JaegerSpan[];
  processes: Record<string, { serviceName: string }>;
};

/** Jaeger by the JSON of its query API, at its page's address: `http://127.0.0.1:16686`. What its tail sampling dropped is not there. */
export function jaeger(url: string, lookBackMs = 24 * 3_600_000): TraceSource {
  const read = async <T>(path: string): Promise<T | undefined> => {
    const response = await fetch(`${url}/api${path}`);
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { data: T | null }).data ?? undefined;
  };
  return {
    async find(traceId) {
      const [trace] = (await read<JaegerTrace[]>(`/traces/${traceId}`)) ?? [];
      return trace && toTrace(trace);
    },
    async ofOrder(orderId) {
      // It searches by service only: each is asked, and what several tell of the same trace is the same.
      const services = (await read<string[]>("/services")) ?? [];
      const found = new Map<string, Trace>();
      const tags = encodeURIComponent(JSON.stringify({ "order.id": orderId }));
      const start = (Date.now() - lookBackMs) * 1_000;
      for (const service of services) {
        const query = `service=${encodeURIComponent(service)}&tags=${tags}&start=${start}&end=${Date.now() * 1_000}&limit=1000`;
        for (const trace of (await read<JaegerTrace[]>(`/traces?${query}`)) ?? []) {
          found.set(trace.traceID, toTrace(trace));
        }
      }
      return [...found.values()];
    },
  };
}

function toTrace({ traceID, spans, processes }: JaegerTrace): Trace {
  return {
    traceId: traceID,
    spans: spans.map((span): TraceSpan => {
      const parent = span.references.find(
        ({ refType, traceID: of }) => refType === "CHILD_OF" && of === traceID,
      );
      return {
        traceId: traceID,
        spanId: span.spanID,
        ...(parent ? { parentSpanId: parent.spanID } : {}),
        service: processes[span.processID]?.serviceName ?? "unknown",
        name: span.operationName,
        startMs: span.startTime / 1_000,
        durationMs: span.duration / 1_000,
        attributes: Object.fromEntries(span.tags.map(({ key, value }) => [key, value])),
      };
    }),
  };
}
