import type { WidgetPlan } from "./desired";
import { partId } from "./object-id";

/** A part of a view as Graylog has it: what is drawn, and the searches that fill it. */
export type Widget = {
  id: string;
  body: Record<string, unknown>;
  searchType: Record<string, unknown> & { id: string };
};

/** Where the lines come from; null in a saved search, whose own hold for all its widgets. */
export type WidgetScope = { query: string; seconds: number } | null;

const noLimit = 15;

/** Draws a widget. `name` is unique among all and stays, so that the same plan always makes the same ids. */
export function drawWidget(name: string, plan: WidgetPlan, scope: WidgetScope): Widget {
  const id = partId(name);
  const from = {
    query: scope && { type: "elasticsearch", query_string: scope.query },
    timerange: scope && { type: "relative", range: scope.seconds },
    streams: [],
    filter: null,
    filters: [],
  };
  const isMessages = plan.show === "messages";
  return {
    id,
    body: {
      id,
      type: isMessages ? "messages" : "aggregation",
      ...from,
      config: isMessages ? messageConfig(plan) : aggregationConfig(plan),
    },
    searchType: {
      id: partId(`${name} search`),
      ...from,
      ...(isMessages ? messageSearch(plan) : pivotSearch(plan)),
    },
  };
}

type Messages = Extract<WidgetPlan, { show: "messages" }>;
type Aggregation = Exclude<WidgetPlan, Messages>;

function messageConfig({ fields, sort }: Messages): Record<string, unknown> {
  return {
    fields,
    show_message_row: true,
    show_summary: false,
    decorators: [],
    sort: [{ type: "pivot", field: "timestamp", direction: sort === "newest" ? "Descending" : "Ascending" }],
  };
}

function messageSearch({ sort }: Messages): Record<string, unknown> {
  return {
    type: "messages",
    limit: 150,
    offset: 0,
    sort: [{ field: "timestamp", order: sort === "newest" ? "DESC" : "ASC" }],
    decorators: [],
  };
}

/** What stands for the measure in the widget (`function`) and in the search (`type` and `field`). */
function measureOf(plan: Aggregation): { text: string; series: Record<string, unknown> } {
  const text = (plan.show === "table" ? plan.measure : undefined) ?? "count()";
  const [, type, field] = /^(\w+)\((\w*)\)$/.exec(text) ?? [];
  return { text, series: { type, id: text, field: field === "" ? null : field } };
}

function groupsOf(plan: Aggregation): { rows: Group[]; columns: Group[] } {
  const time: Group = { type: "time", fields: ["timestamp"], interval: { type: "auto", scaling: 1 } };
  if (plan.show === "number") return { rows: [], columns: [] };
  if (plan.show === "table") {
    return { rows: [{ type: "values", fields: plan.by, limit: plan.limit }], columns: [] };
  }
  return { rows: [time], columns: [{ type: "values", fields: [plan.by], limit: noLimit }] };
}
type Group =
  | { type: "time"; fields: string[]; interval: { type: "auto"; scaling: number } }
  | { type: "values"; fields: string[]; limit: number };

function pivotSearch(plan: Aggregation): Record<string, unknown> {
  const { text, series } = measureOf(plan);
  const { rows, columns } = groupsOf(plan);
  return {
    type: "pivot",
    name: "chart",
    series: [series],
    row_groups: rows,
    column_groups: columns,
    sort: plan.show === "table" ? [{ type: "series", field: text, direction: "Descending" }] : [],
    rollup: plan.show !== "histogram",
  };
}

function aggregationConfig(plan: Aggregation): Record<string, unknown> {
  const { text } = measureOf(plan);
  const { rows, columns } = groupsOf(plan);
  const look = {
    number: { visualization: "numeric", visualization_config: { trend: false, trend_preference: "NEUTRAL" } },
    histogram: { visualization: "bar", visualization_config: { barmode: "stack", axis_type: "linear" } },
    table: { visualization: "table", visualization_config: null },
  }[plan.show];
  return {
    row_pivots: rows.map(pivotOf),
    column_pivots: columns.map(pivotOf),
    series: [{ config: { name: null }, function: text }],
    sort: plan.show === "table" ? [{ type: "series", field: text, direction: "Descending" }] : [],
    ...look,
    formatting_settings: null,
    rollup: plan.show !== "histogram",
    event_annotation: false,
  };
}

function pivotOf(group: Group): Record<string, unknown> {
  const { type, fields, ...config } = group;
  return { type, fields, config };
}
