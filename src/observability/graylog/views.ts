import type { DashboardPlan, SearchPlan, WidgetPlan } from "./desired";
import { objectId, partId } from "./object-id";
import { drawWidget, type Widget } from "./widgets";

/** A saved search or a dashboard as the API takes it: what is searched, and what is shown of it. */
export type View = {
  /** Of `/views/search`; its id is made of what it searches, so that another search is another id. */
  search: { id: string; queries: unknown[]; parameters: never[] };
  /** Of `/views`. */
  view: { id: string; title: string; search_id: string } & Record<string, unknown>;
};

/** The id of a saved search's or a dashboard's page: `<graylog>/search/<id>`, `<graylog>/dashboards/<id>`. */
export function viewId(id: string): string {
  return objectId("view", id);
}

export function drawSearch(plan: SearchPlan): View {
  const heights = { number: 2, histogram: 2, table: 4, messages: 8 };
  let row = 1;
  const widgets = plan.widgets.map((widget) => {
    const at = { col: 1, row, width: 12, height: heights[widget.show] };
    row += at.height;
    return { widget: drawWidget(`${plan.id}/${widget.title}`, widget, null), plan: widget, at };
  });
  return assemble(plan, "SEARCH", widgets, {
    query: { type: "elasticsearch", query_string: plan.query },
    timerange: { type: "relative", range: plan.days * 86_400 },
  });
}

export function drawDashboard(plan: DashboardPlan): View {
  const widgets = plan.widgets.map((widget) => ({
    widget: drawWidget(`${plan.id}/${widget.title}`, widget, {
      query: widget.query ?? "",
      seconds: widget.seconds ?? 86_400,
    }),
    plan: widget,
    at: widget.at ?? { col: 1, row: 1, width: 12, height: 4 },
  }));
  return assemble(
    plan,
    "DASHBOARD",
    widgets,
    {
      query: { type: "elasticsearch", query_string: "" },
      timerange: { type: "relative", range: 300 },
    },
    { tab: { title: plan.tab } },
  );
}

type Placed = { widget: Widget; plan: WidgetPlan; at: Record<string, unknown> };

function assemble(
  plan: SearchPlan | DashboardPlan,
  type: "SEARCH" | "DASHBOARD",
  widgets: Placed[],
  of: { query: unknown; timerange: unknown },
  titles: Record<string, Record<string, string>> = {},
): View {
  const queryId = partId(plan.id);
  const byWidget = <T>(value: (placed: Placed) => T): Record<string, T> =>
    Object.fromEntries(widgets.map((placed) => [placed.widget.id, value(placed)]));
  const query = {
    id: queryId,
    ...of,
    filter: null,
    filters: [],
    search_types: widgets.map(({ widget }) => widget.searchType),
  };
  const search = {
    id: objectId("search", JSON.stringify(query)),
    queries: [query],
    parameters: [] as never[],
  };
  return {
    search,
    view: {
      id: viewId(plan.id),
      type,
      title: plan.title,
      summary: plan.summary,
      description: "Set up by src/observability/graylog: what is changed here is put back.",
      search_id: search.id,
      state: {
        [queryId]: {
          titles: { ...titles, widget: byWidget((placed) => placed.plan.title) },
          widgets: widgets.map(({ widget }) => widget.body),
          widget_mapping: byWidget(({ widget }) => [widget.searchType.id]),
          positions: byWidget(({ at }) => at),
          formatting: { highlighting: [] },
          display_mode_settings: { positions: {} },
        },
      },
    },
  };
}
