import { knownMetrics, problemsOf, scrapeLabels, type KnownMetric } from "../catalogue-check";
import { substitute } from "./evaluate";
import { groupingsOf } from "./groupings";
import type { Dashboard, MetricPanel, Panel } from "./panels";

type Known = ReadonlyMap<string, KnownMetric>;

/**
 * What is wrong with dashboards: a panel without title, description or unit, a title twice, an expression that does not parse or that reads a metric or
 * groups by a label that nothing writes, a range that is not Grafana's, a legend that names a label which the expression drops. Empty when nothing is.
 */
export function problemsOfDashboards(
  dashboards: readonly Dashboard[],
  known: Known = knownMetrics(),
): string[] {
  const repeated = twice(dashboards.map(({ uid }) => uid)).map((uid) => `two dashboards are called ${uid}`);
  return [...repeated, ...dashboards.flatMap((dashboard) => problemsOfDashboard(dashboard, known))];
}

function problemsOfDashboard({ uid, title, description, rows }: Dashboard, known: Known): string[] {
  const panels = rows.flatMap((row) => row.panels);
  const problems = [
    ...(/^[a-z][a-z0-9-]{0,39}$/.test(uid) ? [] : ["its uid is no short word"]),
    ...(title === "" || !/[.?]$/.test(description)
      ? ["it needs a title and a question that it answers"]
      : []),
    ...twice(panels.map((panel) => panel.title)).map((name) => `two panels are called ${name}`),
    ...panels.flatMap((panel) => problemsOfPanel(panel, known).map((found) => `${panel.title}: ${found}`)),
  ];
  return problems.map((problem) => `${uid}: ${problem}`);
}

function problemsOfPanel(panel: Panel, known: Known): string[] {
  const described = panel.title !== "" && panel.description.endsWith(".") && panel.width <= 24;
  const problems = described
    ? []
    : ["it needs a title, a sentence that describes it, and 24 columns at most"];
  return "queries" in panel ? [...problems, ...problemsOfQueries(panel, known)] : problems;
}

function problemsOfQueries({ queries }: MetricPanel, known: Known): string[] {
  if (queries.length === 0) return ["it asks for nothing"];
  return queries.flatMap(({ expr, legend }) => {
    const foreignRange = [...expr.matchAll(/\[(.*?)\]/g)].find(
      ([, range]) => range !== "$__rate_interval" && range !== "$__range",
    );
    if (foreignRange) return [`the range ${foreignRange[0]} does not follow the dashboard's`];
    try {
      return [...problemsOf(expr, known), ...problemsOfLabels(substitute(expr), legend, known)];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

function problemsOfLabels(promql: string, legend: string, known: Known): string[] {
  const groupings = groupingsOf(promql);
  const unknown = groupings.flatMap(({ labels, metrics }) =>
    labels
      .filter((label) => !metrics.some((metric) => has(metric, label, known)))
      .map((label) => `no series below has the label ${label} that it groups by`),
  );
  const kept = new Set(groupings.flatMap(({ labels }) => labels));
  const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? "");
  const dropped = groupings.length === 0 ? [] : named.filter((label) => !kept.has(label));
  return [...unknown, ...dropped.map((label) => `the legend names ${label}, which the expression drops`)];
}

function has(metric: string, label: string, known: Known): boolean {
  const labels = known.get(metric)?.labels;
  return labels === undefined || labels.includes(label) || scrapeLabels.includes(label);
}

function twice(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}
