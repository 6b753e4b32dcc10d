import { metricsOf } from "../observability/catalogue-check";
import type { Requirement } from "../observability/requirements";
import type { DeclaredMetrics } from "../platform/catalogue";
import type { MetricSpec } from "../platform/telemetry";

/** A metric that a registry has without a spec of ours: prom-client's own about the process. */
export type ForeignMetric = { name: string; help: string; type: string; labels: readonly string[] };

const preamble = `# Metrics

Made from the catalogue by \`make docs\`; \`make check\` fails when it is not fresh.

Every metric is declared by \`defineMetric\` in the file that its chapter names, and nothing else can make one. What every metric keeps to:

* Units are seconds and bytes, and the name ends in the unit; our counters, and of ours only they, end in \`_total\`.
* *Series* is the most that one process can have of a metric: the bound on its label sets, for a histogram times its buckets, sum and count. What comes
  after the bound shares one more set, whose labels all read \`other\`, and is counted in \`metric_series_overflow_total\`.
* \`grpc_code\` is written as Go's exporters write it: \`OK\`, \`NotFound\`, \`DeadlineExceeded\` ([why](decisions/0005-grpc-code-label.md)).
* The server that scrapes adds \`job\` and \`instance\`.
`;

/** The text of `docs/metrics.md`. */
export function metricsDocument(
  catalogue: readonly DeclaredMetrics[],
  foreign: readonly ForeignMetric[],
  requirements: readonly Requirement[],
): string {
  const chapters = catalogue.map(({ subject, file, specs }) =>
    chapter(subject, `Declared in [src/${file}](../src/${file}).`, specs.map(rowOf)),
  );
  const node = chapter(
    "Process and Node.js",
    "Collected by prom-client's `collectDefaultMetrics`; as they are on Linux.",
    foreign.map(({ name, type, labels, help }) => [
      `\`${name}\``,
      type,
      unitOf(name),
      listed(labels),
      "",
      sentence(help),
    ]),
  );
  return [preamble, ...chapters, node, requirementsChapter(requirements)].join("\n");
}

function chapter(subject: string, where: string, rows: readonly (readonly string[])[]): string {
  const head = ["Metric", "Type", "Unit", "Labels", "Series", "Meaning"];
  return `## ${subject}\n\n${where}\n\n${table(head, rows)}\n`;
}

function requirementsChapter(requirements: readonly Requirement[]): string {
  const intro = `What was asked for (C1 each API, C2 the queue, C3 databases, C4 the object store, C5 the business, C6 saturation), the expression that tells it, and the
panel, with its dashboard, that shows it; declared in [src/observability/requirements.ts](../src/observability/requirements.ts). A test asks a Prometheus beside a system under load
for each of them and fails on an empty answer.`;
  const rows = requirements.map(({ id, what, promql, panel: [dashboard, title] }) => [
    id,
    what,
    metricsOf(promql)
      .map((name) => `\`${name}\``)
      .join(", "),
    `\`${promql}\``,
    `${dashboard}: ${title}`,
  ]);
  return `## Requirements\n\n${intro}\n\n${table(["", "Requirement", "Metrics", "PromQL", "Panel"], rows)}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

function rowOf({ name, kind, unit, labels, help, ...spec }: MetricSpec): string[] {
  return [`\`${name}\``, kind, unit === "none" ? "" : unit, listed(labels), seriesOf(labels, spec), help];
}

function seriesOf(
  labels: readonly string[],
  { buckets, maxSeries }: Pick<MetricSpec, "buckets" | "maxSeries">,
) {
  const sets = labels.length === 0 ? 1 : maxSeries;
  // The buckets, the one without a bound, the sum and the count.
  const each = buckets.length === 0 ? 1 : buckets.length + 3;
  return (sets * each).toLocaleString("en-US");
}

function listed(labels: readonly string[]): string {
  return labels.map((label) => `\`${label}\``).join(", ");
}

function unitOf(name: string): string {
  return /_(seconds|bytes)(_total)?$/.exec(name)?.[1] ?? "";
}

function sentence(help: string): string {
  return help.endsWith(".") ? help : `${help}.`;
}
