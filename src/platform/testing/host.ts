import { InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { createHost, type ServiceHost } from "../lifecycle";
import { createMetrics, openLog, startTelemetry } from "../telemetry";

/** One captured log line. */
export type LogLine = {
  level: string;
  msg?: string;
  err?: { type: string; message: string; reason?: string };
} & Record<string, unknown>;

/** A host for tests: real metrics, spans and logs, kept in memory. */
export type TestHost = ServiceHost & {
  /** Every line so far, parsed; debug included. */
  readonly logs: LogLine[];
  /** Spans finished so far in this test file. */
  spans(): ReadableSpan[];
  /** Forgets lines and spans. */
  clear(): void;
  /** The OpenMetrics text. */
  metricsText(): Promise<string>;
  /** One sample's value, 0 when there is none; histograms by `x_count`, `x_sum`, `x_bucket` with `le`. */
  metric(sample: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** The report of `/readyz`. */
  ready(): Promise<{ ready: boolean; checks: Record<string, { ok: boolean; error?: string }> }>;
  /** Asks a route that was added to the admin port; undefined when there is none. */
  admin(
    route: string,
    request?: { headers?: Record<string, string>; body?: unknown },
  ): Promise<{ status: number; body: unknown } | undefined>;
  /** Stops loops, closes what is owned in reverse; throws when something did not close within 10 s. */
  close(): Promise<void>;
};

const exporter = new InMemorySpanExporter();

/** Makes a test host; close it in `afterEach` or `afterAll`. `readinessPollMs` as `createHost` takes it. */
export function createTestHost(name = "test", options: { readinessPollMs?: number } = {}): TestHost {
  startTelemetry({
    identity: { service: name, instance: `${name}-1` },
    processors: [new SimpleSpanProcessor(exporter)],
  });
  const logs: LogLine[] = [];
  const { log } = openLog({
    service: name,
    instance: `${name}-1`,
    level: "debug",
    destination: { write: (line: string) => void logs.push(JSON.parse(line) as LogLine) },
  });
  const metrics = createMetrics({
    onHookError: (error) => log.warn({ err: error }, "a metric could not be collected"),
  });
  const control = createHost({ name, instance: `${name}-1`, log, metrics, ...options });
  return {
    ...control.host,
    logs,
    spans: () => exporter.getFinishedSpans(),
    clear() {
      logs.length = 0;
      exporter.reset();
    },
    metricsText: () => metrics.collect(),
    metric: async (sample, labels = {}) => sampleValue(await metrics.collect(), sample, labels),
    ready: () => control.readiness.report(),
    admin: async (route, { headers = {}, body = "" } = {}) =>
      control.adminRoutes.get(route)?.({
        headers,
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    async close() {
      const left = await control.stop(10_000);
      if (left.length > 0) throw new Error(`Not closed: ${left.join(", ")}.`);
    },
  };
}

/** Sums the samples of that name which have all the labels given. */
function sampleValue(text: string, sample: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/["\\]/g, "\\$&")}"`,
  );
  let sum = 0;
  for (const line of text.split("\n")) {
    const match = /^([\w:]+)(?:\{(.*?)\})? (\S+)(?: #.*)?$/.exec(line);
    if (!match || match[1] !== sample) continue;
    const given = `,${match[2] ?? ""},`;
    if (wanted.every((each) => given.includes(`,${each},`))) sum += Number(match[3]);
  }
  return sum;
}
