import { diag, DiagLogLevel } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { CountingBatchProcessor, type SpanCounts } from "./counting-export";
import { ExemplarSpanProcessor } from "./exemplar-traces";
import { OrderSpanProcessor } from "./order-span-processor";
import { followParents } from "./spans";

/** The running OpenTelemetry set-up of the process. */
export type Telemetry = {
  /** What became of the spans so far. */
  readonly spans: Readonly<SpanCounts>;
  /** True when the sampler never records a span whose parent is not recorded: then such a span need not be built. */
  readonly followsParent: boolean;
  /** Names the process in its traces. Export waits for this; it can be said once, later calls change nothing. */
  identify(service: string, instance: string): void;
  /** Where the SDK's own complaints go from now on. */
  reportTo(report: (message: string, detail: string) => void): void;
  /** Sends what is queued. */
  flush(): Promise<void>;
  /** Flushes and ends the export; spans after that are not recorded. */
  shutdown(): Promise<void>;
};

export type TelemetryOptions = {
  /** The process's name in its traces, when it is known already; otherwise `identify` gives it later. */
  identity?: { service: string; instance: string } | undefined;
  /** Base URL of the OTLP/HTTP collector; without one spans are made but go nowhere. */
  endpoint?: string | undefined;
  protocol?: "http/json" | "http/protobuf" | undefined;
  /** Further processors, for tests. */
  processors?: SpanProcessor[];
};

const handle = Symbol.for("alexandrite.telemetry");
type Holder = { [handle]?: Telemetry };

/**
 * Sets up traces for the process: AsyncLocalStorage context, W3C propagation, batches to an OTLP/HTTP collector. Traces only: Jaeger takes
 * neither metrics nor logs. The first call counts, usually the preload's; later ones return its handle.
 * The sampler follows `OTEL_TRACES_SAMPLER`, by default everything is recorded.
 */
export function startTelemetry(options: TelemetryOptions = {}): Telemetry {
  const holder = globalThis as Holder;
  return (holder[handle] ??= start(options));
}

/** The running set-up, if there is one. */
export function currentTelemetry(): Telemetry | undefined {
  return (globalThis as Holder)[handle];
}

function start(options: TelemetryOptions): Telemetry {
  const spans: SpanCounts = { exported: 0, exportFailed: 0, queueFull: 0 };
  let report: ((message: string, detail: string) => void) | undefined;
  // A collector that is down fails every batch; saying so once a minute is enough.
  let quietUntil = 0;
  const complain = (message: string, ...details: unknown[]) => {
    if (!report || Date.now() < quietUntil) return;
    quietUntil = Date.now() + 60_000;
    report(message, details.map(String).join(" "));
  };
  diag.setLogger(
    {
      error: complain,
      warn: complain,
      info: () => undefined,
      debug: () => undefined,
      verbose: () => undefined,
    },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );

  let identify: (name: { service: string; instance: string }) => void = () => undefined;
  const identity = new Promise<{ service: string; instance: string }>((resolve) => (identify = resolve));
  const processors: SpanProcessor[] = [
    new OrderSpanProcessor(),
    new ExemplarSpanProcessor(),
    ...(options.processors ?? []),
  ];
  if (options.endpoint) {
    processors.push(new CountingBatchProcessor(exporterFor(options.endpoint, options.protocol), spans));
  }
  const { service, instance } = options.identity ?? {
    service: identity.then((name) => name.service),
    instance: identity.then((name) => name.instance),
  };
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      "service.name": service,
      "service.instance.id": instance,
      "service.namespace": "alexandrite",
      "process.pid": process.pid,
    }),
    spanProcessors: processors,
  });
  provider.register({
    contextManager: new AsyncLocalStorageContextManager(),
    propagator: new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
  });

  const sampler = process.env["OTEL_TRACES_SAMPLER"] || "parentbased_always_on";
  const followsParent = sampler.startsWith("parentbased_");
  followParents(followsParent);

  // A process that never says its name, or ends before, still gets its spans out under what the environment calls it.
  const settle = () =>
    identify({ service: nameFromEnvironment(), instance: process.env["INSTANCE"] || String(process.pid) });
  return {
    spans,
    followsParent,
    identify: (service, instance) => identify({ service, instance }),
    reportTo: (to) => {
      report = to;
    },
    async flush() {
      settle();
      await provider.forceFlush();
    },
    async shutdown() {
      settle();
      await provider.shutdown();
    },
  };
}

function exporterFor(endpoint: string, protocol: TelemetryOptions["protocol"]): SpanExporter {
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  return protocol === "http/json" ? new JsonExporter({ url }) : new ProtobufExporter({ url });
}

function nameFromEnvironment(): string {
  const named = process.env["OTEL_SERVICE_NAME"];
  if (named) return named;
  return /services[\\/]([^\\/]+)[\\/]/.exec(process.argv[1] ?? "")?.[1] ?? "alexandrite";
}
