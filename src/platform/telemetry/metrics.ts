import { collectDefaultMetrics, Registry, type Metric, type OpenMetricsContentType } from "prom-client";
import { metricSeriesOverflowTotal } from "./catalogue";
import { Family, type Labels } from "./family";
import {
  isDeclared,
  type CounterSpec,
  type GaugeSpec,
  type HistogramSpec,
  type MetricKind,
  type MetricSpec,
} from "./metric-spec";
import type { CounterSlot, GaugeSlot, HistogramSlot } from "./slots";

/** Trace that a recording belongs to; becomes an exemplar. */
export type Linked = { traceId?: string | undefined };

export type Counter<L extends string> = {
  inc(labels: Labels<L>, by?: number, link?: Linked): void;
  /** The slot of a label set: look it up once, then record in nanoseconds. The series exists from then on. */
  child(labels: Labels<L>): CounterSlot;
  /** Forgets a label set: for those of which only some have a series at a time. */
  remove(labels: Labels<L>): void;
};
export type Gauge<L extends string> = {
  set(labels: Labels<L>, value: number): void;
  inc(labels: Labels<L>, by?: number): void;
  dec(labels: Labels<L>, by?: number): void;
  remove(labels: Labels<L>): void;
  child(labels: Labels<L>): GaugeSlot;
};
export type Histogram<L extends string> = {
  observe(labels: Labels<L>, value: number, link?: Linked): void;
  child(labels: Labels<L>): HistogramSlot;
};

/**
 * All metrics of one process. Asking twice for the same spec gives the same metric. A spec that `defineMetric` did not make, or a second one of a
 * name, throws: what is not in the catalogue is not on `/metrics`.
 */
export type Metrics = {
  counter<L extends string>(spec: CounterSpec<L>): Counter<L>;
  gauge<L extends string>(spec: GaugeSpec<L>): Gauge<L>;
  histogram<L extends string>(spec: HistogramSpec<L>): Histogram<L>;
  /** Runs before each collection, to set gauges from what is there now. Returns its removal. A failing hook is reported, not thrown. */
  onCollect(hook: () => void | Promise<void>): () => void;
  /** The specs registered so far. */
  specs(): MetricSpec[];
  readonly registry: Registry<OpenMetricsContentType>;
  readonly contentType: string;
  /** The OpenMetrics text, with exemplars. */
  collect(): Promise<string>;
};

export type MetricsOptions = {
  /** Also collect Node's own: CPU, memory, heap, garbage collection, event-loop delay. Default false. */
  processMetrics?: boolean;
  onHookError?: (error: unknown) => void;
};

/** Makes an empty registry. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const families = new Map<string, Family>();
  const facades = new Map<Family, unknown>();
  const hooks = new Set<() => void | Promise<void>>();
  const reported = new Set<string>();

  const overflow = (name: string) => {
    if (name === metricSeriesOverflowTotal.name) return;
    counter(metricSeriesOverflowTotal).inc({ metric: name });
    if (reported.has(name)) return;
    reported.add(name);
    options.onHookError?.(
      new Error(`Metric ${name} has more label sets than its bound; further ones are counted as "other".`),
    );
  };

  function family<K extends MetricKind>(spec: MetricSpec<K>): Family<K> {
    const known = families.get(spec.name);
    if (known?.spec === (spec as MetricSpec)) return known as unknown as Family<K>;
    if (!isDeclared(spec)) throw new Error(`Metric ${spec.name} was not declared by defineMetric.`);
    if (known) throw new Error(`Metric ${spec.name} is defined twice.`);
    const created = new Family(spec, overflow);
    families.set(spec.name, created as unknown as Family);
    registry.registerMetric(created as unknown as Metric);
    return created;
  }

  function facade<K extends MetricKind, F>(spec: MetricSpec<K>, make: (of: Family<K>) => F): F {
    const of = family(spec);
    const key = of as unknown as Family;
    const known = facades.get(key) as F | undefined;
    if (known) return known;
    const made = make(of);
    facades.set(key, made);
    return made;
  }

  const counter = <L extends string>(spec: CounterSpec<L>): Counter<L> =>
    facade<"counter", Counter<L>>(spec, (of) => ({
      inc: (labels, by, link) => of.slot(labels).inc(by, link?.traceId),
      child: (labels) => of.slot(labels),
      remove: (labels) => of.remove(labels),
    }));
  const gauge = <L extends string>(spec: GaugeSpec<L>): Gauge<L> =>
    facade<"gauge", Gauge<L>>(spec, (of) => ({
      set: (labels, value) => of.slot(labels).set(value),
      inc: (labels, by) => of.slot(labels).inc(by),
      dec: (labels, by) => of.slot(labels).dec(by),
      remove: (labels) => of.remove(labels),
      child: (labels) => of.slot(labels),
    }));
  const histogram = <L extends string>(spec: HistogramSpec<L>): Histogram<L> =>
    facade<"histogram", Histogram<L>>(spec, (of) => ({
      observe: (labels, value, link) => of.slot(labels).observe(value, link?.traceId),
      child: (labels) => of.slot(labels),
    }));

  if (options.processMetrics) collectDefaultMetrics({ register: registry as unknown as Registry });

  return {
    counter,
    gauge,
    histogram,
    onCollect(hook) {
      hooks.add(hook);
      return () => hooks.delete(hook);
    },
    specs: () => [...families.values()].map((each) => each.spec),
    registry,
    contentType: registry.contentType,
    async collect() {
      for (const outcome of await Promise.allSettled([...hooks].map(async (hook) => hook()))) {
        if (outcome.status === "rejected") options.onHookError?.(outcome.reason);
      }
      return registry.metrics();
    },
  };
}
