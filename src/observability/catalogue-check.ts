import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { createMetrics, type MetricKind } from "../platform/telemetry";
import { metricsCatalogue } from "../tools/metrics-catalogue";
import { foreignMetrics } from "./foreign-metrics";
import { selectorsOf } from "./promql";

/** A name that may stand in a rule or a panel. */
export type KnownMetric = {
  /** `recorded` is what a recording rule of ours writes. */
  type: MetricKind | "recorded";
  /** Without those that scraping adds; undefined where any may be there (recorded series). */
  labels: readonly string[] | undefined;
};

/** What scraping adds to every series. */
export const scrapeLabels: readonly string[] = ["job", "service", "instance"];

const rulesFolder = join(__dirname, "../../prometheus/rules");

/** The names of the metrics that an expression reads, each once. Throws when it is not PromQL. */
export function metricsOf(promql: string): string[] {
  return [...new Set(selectorsOf(promql).map(({ metric }) => metric))];
}

/**
 * Every series name that Prometheus can have of this system: the catalogue's (a histogram's as `_bucket`, `_sum` and `_count`), Node.js's own, those of
 * `foreign-metrics.ts`, and what the recording rules in `prometheus/rules` write.
 */
export function knownMetrics(): Map<string, KnownMetric> {
  const known = new Map<string, KnownMetric>();
  const add = (name: string, type: MetricKind, labels: readonly string[]): void => {
    if (type !== "histogram") return void known.set(name, { type, labels });
    known.set(`${name}_bucket`, { type, labels: [...labels, "le"] });
    for (const suffix of ["sum", "count"]) known.set(`${name}_${suffix}`, { type, labels });
  };
  for (const [name, { type, labels }] of Object.entries(foreignMetrics)) add(name, type, labels);
  for (const metric of nodeMetrics()) add(metric.name, metric.type, metric.labels);
  for (const { name, kind, labels } of metricsCatalogue.flatMap(({ specs }) => specs))
    add(name, kind, labels);
  for (const name of recordedNames()) known.set(name, { type: "recorded", labels: undefined });
  return known;
}

/** What is wrong with an expression: names that nothing writes, and labels that their series do not have. Empty when nothing is. */
export function problemsOf(
  promql: string,
  known: ReadonlyMap<string, KnownMetric> = knownMetrics(),
): string[] {
  return selectorsOf(promql).flatMap(({ metric, labels }) => {
    const found = known.get(metric);
    if (found === undefined) return [`no metric is called ${metric}`];
    return labels
      .filter((label) => found.labels?.includes(label) === false && !scrapeLabels.includes(label))
      .map((label) => `${metric} has no label ${label}`);
  });
}

function nodeMetrics(): { name: string; type: MetricKind; labels: readonly string[] }[] {
  const { registry } = createMetrics({ processMetrics: true });
  return registry.getMetricsAsArray().map((metric) => {
    const {
      name,
      type,
      labelNames = [],
    } = metric as unknown as {
      name: string;
      type: MetricKind;
      labelNames?: string[];
    };
    return { name, type, labels: labelNames };
  });
}

function recordedNames(): string[] {
  type File = { groups: { rules: { record?: string }[] }[] };
  const files = readdirSync(rulesFolder).filter((file) => file.endsWith(".yml"));
  const rules = files.flatMap((file) => {
    const { groups } = parse(readFileSync(join(rulesFolder, file), "utf8")) as File;
    return groups.flatMap((group) => group.rules);
  });
  return rules.flatMap(({ record }) => record ?? []);
}
