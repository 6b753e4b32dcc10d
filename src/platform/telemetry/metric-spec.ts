/** What a metric is. */
export type MetricKind = "counter" | "gauge" | "histogram";

/** A metric as data: the only way to have one. */
export type MetricSpec<K extends MetricKind = MetricKind, L extends string = string> = {
  readonly name: string;
  readonly kind: K;
  readonly help: string;
  readonly labels: readonly L[];
  /** Upper bounds of a histogram's buckets, rising, without +Inf. */
  readonly buckets: readonly number[];
  /** Bound on the number of label sets; what comes after shares one set whose labels all read `other`. */
  readonly maxSeries: number;
};

export type CounterSpec<L extends string = string> = MetricSpec<"counter", L>;
export type GaugeSpec<L extends string = string> = MetricSpec<"gauge", L>;
export type HistogramSpec<L extends string = string> = MetricSpec<"histogram", L>;

/** Bounds in seconds for calls that should take milliseconds. */
export const defaultBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

type Definition<K extends MetricKind, L extends string> = {
  name: string;
  kind: K;
  help: string;
  labels?: readonly L[];
  buckets?: readonly number[];
  maxSeries?: number;
};

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Declares a metric. Throws when the name or a label breaks Prometheus naming: counters end in `_total`, nothing else does.
 * Defaults: no labels, `defaultBuckets`, 2,000 label sets.
 */
export function defineMetric<const K extends MetricKind, const L extends string = never>(
  definition: Definition<K, L>,
): MetricSpec<K, L> {
  const { name, kind, help, labels = [], buckets = defaultBuckets, maxSeries = 2_000 } = definition;
  if (!metricName.test(name)) throw new Error(`Metric name ${name} is not a Prometheus name.`);
  if (name.endsWith("_total") !== (kind === "counter")) {
    throw new Error(`Metric ${name} is a ${kind}; counters, and only they, end in _total.`);
  }
  for (const label of labels) {
    if (!labelName.test(label) || label === "le")
      throw new Error(`Metric ${name} cannot have a label ${label}.`);
  }
  if (
    kind === "histogram" &&
    buckets.some((bound, i) => !Number.isFinite(bound) || bound <= (buckets[i - 1] ?? -Infinity))
  ) {
    throw new Error(`Metric ${name} needs finite, rising bucket bounds.`);
  }
  return { name, kind, help, labels, buckets: kind === "histogram" ? buckets : [], maxSeries };
}
