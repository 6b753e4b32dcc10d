/** What a metric is. */
export type MetricKind = "counter" | "gauge" | "histogram";

/** What a metric's numbers are: base units as Prometheus wants them, or a number of things. The name's suffix says it too. */
export type MetricUnit = "seconds" | "bytes" | "none";

/** A metric as data, frozen; `defineMetric` is the only way to have one. */
export type MetricSpec<K extends MetricKind = MetricKind, L extends string = string> = {
  readonly name: string;
  readonly kind: K;
  readonly help: string;
  readonly unit: MetricUnit;
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
  /** One sentence that ends with a full stop. */
  help: string;
  /** Default `none`; a name that ends in `_seconds` or `_bytes` must say so here. */
  unit?: MetricUnit;
  labels?: readonly L[];
  buckets?: readonly number[];
  maxSeries?: number;
};

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Suffixes of units that are no base units: such a metric cannot be read beside the others. */
const foreignUnit =
  /_(nanoseconds|microseconds|milliseconds|ns|us|ms|minutes|hours|days|kb|mb|gb|kilobytes|megabytes|gigabytes|bits|percent)$/;

const declared = new WeakSet<MetricSpec>();

/**
 * Declares a metric; may be called only in a file `metrics.ts` or `catalogue.ts`, so that the catalogue has all of them. Throws when the
 * name, its unit or a label breaks Prometheus naming: counters end in `_total`, nothing else does; what is counted in seconds or bytes says so at its end.
 * Defaults: unit `none`, no labels, `defaultBuckets`, 2,000 label sets.
 * Source of the rules: https://prometheus.io/docs/practices/naming/
 */
export function defineMetric<const K extends MetricKind, const L extends string = never>(
  definition: Definition<K, L>,
): MetricSpec<K, L> {
  const { name, kind, help, unit = "none", maxSeries = 2_000 } = definition;
  const { labels = [], buckets = defaultBuckets } = definition;
  checkName(name, kind, unit);
  if (!help.endsWith(".")) throw new Error(`Metric ${name} needs a sentence that says what it is.`);
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
  if (!(maxSeries >= 1)) throw new Error(`Metric ${name} needs a bound of at least one label set.`);
  const bounds = kind === "histogram" ? buckets : [];
  const spec = Object.freeze({ name, kind, help, unit, labels, buckets: bounds, maxSeries });
  declared.add(spec);
  return spec;
}

/** True for what `defineMetric` made; a copy is not. */
export function isDeclared(spec: MetricSpec): boolean {
  return declared.has(spec);
}

function checkName(name: string, kind: MetricKind, unit: MetricUnit): void {
  if (!metricName.test(name)) throw new Error(`Metric name ${name} is not a Prometheus name.`);
  if (name.endsWith("_total") !== (kind === "counter")) {
    throw new Error(`Metric ${name} is a ${kind}; counters, and only they, end in _total.`);
  }
  const stem = name.replace(/_total$/, "");
  const foreign = foreignUnit.exec(stem)?.[1];
  if (foreign !== undefined) throw new Error(`Metric ${name} counts ${foreign}; take seconds or bytes.`);
  const said = /_(seconds|bytes)$/.exec(stem)?.[1] ?? "none";
  if (said !== unit) throw new Error(`Metric ${name} has the unit ${unit}, but its name says ${said}.`);
}
