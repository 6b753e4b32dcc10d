export {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
} from "@opentelemetry/api";
export {
  createLogger,
  logLevels,
  openLog,
  type Logger,
  type LoggerLevel,
  type LoggerOptions,
  type LogSink,
} from "./logger";
export {
  defaultBuckets,
  defineMetric,
  type CounterSpec,
  type GaugeSpec,
  type HistogramSpec,
  type MetricKind,
  type MetricSpec,
  type MetricUnit,
} from "./metric-spec";
export {
  createMetrics,
  type Counter,
  type Gauge,
  type Histogram,
  type Linked,
  type Metrics,
  type MetricsOptions,
} from "./metrics";
export { currentTelemetry, startTelemetry, type Telemetry, type TelemetryOptions } from "./sdk";
export { Operation, type OperationObservers, type Settlement } from "./operation";
export type { Outcome } from "./outcome";
export {
  annotate,
  currentScope,
  remainingMs,
  runInScope,
  scopeOf,
  whileIdle,
  withScope,
  type Scope,
} from "./scope";
export { telemetryConfig } from "./settings";
export type { CounterSlot, GaugeSlot, HistogramSlot } from "./slots";
export {
  currentTraceId,
  extractTrace,
  injectTrace,
  recordError,
  startSpan,
  withSpan,
  type SpanOptions,
} from "./spans";
export { LINKED_ROOT } from "./linked-context";
export { untraced } from "./untraced";
import * as telemetryMetrics from "./catalogue";

export { telemetryMetrics };
