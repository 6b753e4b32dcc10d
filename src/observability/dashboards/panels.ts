/** What a panel's numbers are, as Grafana's formats call it. */
export type Unit =
  "short" | "none" | "s" | "bytes" | "Bps" | "reqps" | "ops" | "percentunit" | "dateTimeFromNow";

/** One query of a panel; `legend` may name the series' labels: `{{service}}`. */
export type PanelQuery = { legend: string; expr: string; exemplars: boolean };

/** What is drawn: lines over time, stacked areas, one number per series, the newest values as a table, or a histogram's buckets over time. */
export type MetricPanelKind = "lines" | "areas" | "number" | "table" | "heatmap";

export type MetricPanel = {
  kind: MetricPanelKind;
  title: string;
  description: string;
  unit: Unit;
  queries: readonly PanelQuery[];
  /** Of the 24 columns. */
  width: number;
  height: number;
  /** From these values on a number is yellow, then red; lines draw a threshold there. */
  bounds: readonly number[];
  max: number | undefined;
  /** What there must be for the panel to show anything, where not every way to run the system has it. */
  onlyWith: string | undefined;
};

/** A panel of another data source than Prometheus: log lines, traces, or a text in Markdown. */
export type OtherPanel = {
  kind: "logs" | "traces" | "text";
  title: string;
  description: string;
  unit: Unit;
  /** The text, or the search. */
  content: string;
  width: number;
  height: number;
};

export type Panel = MetricPanel | OtherPanel;
export type Row = { title: string; panels: readonly Panel[] };

/** Something that is chosen above a dashboard: a value typed in, or one of a label's values (none chosen: all). */
export type Variable = { name: string; label: string; from?: { metric: string; label: string } };
export type Link = { title: string; url: string };

export type Dashboard = {
  /** Also the name of its file, and what alerts link to: `/d/<uid>`. */
  uid: string;
  title: string;
  /** The question that it answers. */
  description: string;
  rows: readonly Row[];
  variables: readonly Variable[];
  links: readonly Link[];
};

/** Queries by their legends; a single one may go without. */
type Queries = string | Readonly<Record<string, string>>;
type Options = {
  width?: number;
  height?: number;
  bounds?: readonly number[];
  max?: number;
  onlyWith?: string | undefined;
};

export function dashboard(
  uid: string,
  title: string,
  description: string,
  rows: readonly Row[],
  { variables = [], links = [] }: Partial<Pick<Dashboard, "variables" | "links">> = {},
): Dashboard {
  return { uid, title, description, rows, variables, links };
}

export function row(title: string, panels: readonly Panel[]): Row {
  return { title, panels };
}

/** Lines over time, a third of the width. */
export const lines = metricPanel("lines", { width: 8, height: 8 });
/** Areas that add up to a whole, a third of the width. */
export const areas = metricPanel("areas", { width: 8, height: 8 });
/** The newest value in large, a sixth of the width. */
export const number = metricPanel("number", { width: 4, height: 4 });
/** The newest values, a line per series, half the width. */
export const table = metricPanel("table", { width: 12, height: 8 });

/** How long something takes: half, 95 and 99 of 100 are faster; points are exemplars that lead to their traces. */
export function latency(
  title: string,
  description: string,
  quantileOf: (q: number) => string,
  options: Options & { legend?: string } = {},
): MetricPanel {
  const { legend = "", ...rest } = options;
  const queries = { p50: quantileOf(0.5), p95: quantileOf(0.95), p99: quantileOf(0.99) };
  const named = Object.fromEntries(
    Object.entries(queries).map(([name, expr]) => [`${legend} ${name}`.trim(), expr]),
  );
  return withExemplars(lines(title, "s", description, named, rest));
}

/** How long the slowest of 100 take, a line per series; points are exemplars that lead to their traces. */
export function tail(
  title: string,
  description: string,
  queries: Queries,
  options: Options = {},
): MetricPanel {
  return withExemplars(lines(title, "s", description, queries, options));
}

/** The same panel with exemplars of its last query. */
function withExemplars(panel: MetricPanel): MetricPanel {
  const last = panel.queries.length - 1;
  return {
    ...panel,
    queries: panel.queries.map((query, index) => ({ ...query, exemplars: index === last })),
  };
}

/** A histogram's buckets over time, with exemplars; a third of the width. */
export function heatmap(title: string, unit: Unit, description: string, expr: string): MetricPanel {
  const make = metricPanel("heatmap", { width: 8, height: 8 });
  return withExemplars(make(title, unit, description, { "{{le}}": expr }));
}

export function text(title: string, description: string, content: string, height = 4): OtherPanel {
  return { kind: "text", title, description, unit: "none", content, width: 24, height };
}

/** Log lines that a Lucene query finds in Graylog's indices. */
export function logs(title: string, description: string, query: string, height = 12): OtherPanel {
  return { kind: "logs", title, description, unit: "none", content: query, width: 24, height };
}

/** Traces that touch the service `crm` and have these tags, written as logfmt. */
export function traces(title: string, description: string, tags: string): OtherPanel {
  return { kind: "traces", title, description, unit: "none", content: tags, width: 24, height: 10 };
}

function metricPanel(kind: MetricPanelKind, size: { width: number; height: number }) {
  return (
    title: string,
    unit: Unit,
    description: string,
    queries: Queries,
    { bounds = [], max, onlyWith, ...rest }: Options = {},
  ): MetricPanel => {
    const byLegend = typeof queries === "string" ? { "": queries } : queries;
    const all = Object.entries(byLegend).map(([legend, expr]) => ({ legend, expr, exemplars: false }));
    return { kind, title, description, unit, queries: all, ...size, bounds, max, onlyWith, ...rest };
  };
}
