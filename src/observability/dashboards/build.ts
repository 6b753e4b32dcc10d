import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard as GrafanaDashboard,
  type GridPos,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { panelBuilder } from "./build-panel";
import { prometheus } from "./datasources";
import type { Dashboard, Link, Panel, Variable } from "./panels";

/**
 * The dashboard as Grafana's file provider reads it. The classic model, which the SDK calls deprecated: the file provider of the Grafana that is pinned
 * in `.env` reads no other without a feature toggle.
 */
export function buildDashboard({ uid, title, description, rows, ...rest }: Dashboard): GrafanaDashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["alexandrite"])
    .readonly()
    .time({ from: "now-30m", to: "now" })
    .refresh("10s")
    .tooltip(DashboardCursorSync.Crosshair)
    .annotation(firingAlerts())
    .links([toOtherDashboards(), ...rest.links.map(linkBuilder)])
    .variables(rest.variables.map(variableBuilder));
  let id = 0;
  let y = 0;
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title).id(++id).gridPos({ x: 0, y, w: 24, h: 1 }));
    const { positions, bottom } = flow(row.panels, y + 1);
    for (const [index, panel] of row.panels.entries())
      builder.withPanel(panelBuilder(panel, ++id, positions[index]!));
    y = bottom;
  }
  return builder.build();
}

/** Panels from left to right, a new line where the next has no room. */
function flow(panels: readonly Panel[], top: number): { positions: GridPos[]; bottom: number } {
  let [x, y, lineHeight] = [0, top, 0];
  const positions = panels.map(({ width, height }) => {
    if (x + width > 24) [x, y, lineHeight] = [0, y + lineHeight, 0];
    const position = { x, y, w: width, h: height };
    x += width;
    lineHeight = Math.max(lineHeight, height);
    return position;
  });
  return { positions, bottom: y + lineHeight };
}

function firingAlerts(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name("Alerts")
    .datasource(prometheus)
    .enable(true)
    .iconColor("red")
    .expr('ALERTS{alertstate="firing",alertname!="Watchdog"}')
    .titleFormat("{{alertname}}")
    .textFormat("{{service}} {{severity}}");
}

function toOtherDashboards(): DashboardLinkBuilder {
  return new DashboardLinkBuilder("Dashboards")
    .type(DashboardLinkType.Dashboards)
    .tags(["alexandrite"])
    .asDropdown(true)
    .keepTime(true);
}

function linkBuilder({ title, url }: Link): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).targetBlank(true);
}

function variableBuilder({ name, label, from }: Variable): QueryVariableBuilder | TextBoxVariableBuilder {
  if (from === undefined) return new TextBoxVariableBuilder(name).label(label).defaultValue("");
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(prometheus)
    .query(`label_values(${from.metric}, ${from.label})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ text: "All", value: "$__all", selected: true });
}
