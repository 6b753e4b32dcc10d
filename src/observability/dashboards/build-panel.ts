import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LogsSortOrder,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type GridPos,
  type Panel as GrafanaPanel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as HeatmapPanel, YAxisConfigBuilder } from "@grafana/grafana-foundation-sdk/heatmap";
import { PanelBuilder as LogsPanel } from "@grafana/grafana-foundation-sdk/logs";
import { PanelBuilder as StatPanel } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TablePanel } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TextPanel, TextMode } from "@grafana/grafana-foundation-sdk/text";
import { PanelBuilder as TimeseriesPanel } from "@grafana/grafana-foundation-sdk/timeseries";
import { jaeger, logIndices, prometheus } from "./datasources";
import type { MetricPanel, OtherPanel, Panel } from "./panels";
import { logQuery, metricQueries, traceQuery } from "./queries";

/** The panel at its place, ready for the dashboard. */
export function panelBuilder(panel: Panel, id: number, at: GridPos): Builder<GrafanaPanel> {
  return builderOf(panel).id(id).gridPos(at).title(panel.title).description(panel.description);
}

function builderOf(panel: Panel) {
  switch (panel.kind) {
    case "lines":
    case "areas":
      return timeseries(panel);
    case "number":
      return stat(panel);
    case "table":
      return table(panel);
    case "heatmap":
      return heatmap(panel);
    case "logs":
    case "traces":
    case "text":
      return other(panel);
  }
}

function timeseries(panel: MetricPanel): TimeseriesPanel {
  const builder = new TimeseriesPanel()
    .datasource(prometheus)
    .unit(panel.unit)
    .min(0)
    .lineWidth(1)
    .fillOpacity(panel.kind === "areas" ? 40 : 5)
    .showPoints(VisibilityMode.Never)
    .legend(new VizLegendOptionsBuilder().showLegend(true).calcs(["lastNotNull", "max"]))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .targets(metricQueries(panel));
  if (panel.max !== undefined) builder.max(panel.max);
  if (panel.kind === "areas") builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (panel.bounds.length === 0) return builder;
  return builder
    .thresholds(thresholds(panel.bounds))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

function stat(panel: MetricPanel): StatPanel {
  return new StatPanel()
    .datasource(prometheus)
    .unit(panel.unit)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .thresholds(thresholds(panel.bounds))
    .targets(metricQueries(panel));
}

/** A line per series: its labels and its value, without what only Prometheus needs. */
function table(panel: MetricPanel): TablePanel {
  const hidden = { Time: true, __name__: true, job: true };
  return new TablePanel()
    .datasource(prometheus)
    .unit(panel.unit)
    .filterable(true)
    .thresholds(thresholds(panel.bounds))
    .targets(metricQueries(panel))
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({ id: "organize", options: { excludeByName: hidden } });
}

function heatmap(panel: MetricPanel): HeatmapPanel {
  return new HeatmapPanel()
    .datasource(prometheus)
    .unit("reqps")
    .yAxis(new YAxisConfigBuilder().unit(panel.unit))
    .targets(metricQueries(panel));
}

function other(panel: OtherPanel) {
  switch (panel.kind) {
    case "logs":
      return new LogsPanel()
        .datasource(logIndices)
        .unit(panel.unit)
        .showTime(true)
        .wrapLogMessage(true)
        .enableLogDetails(true)
        .sortOrder(LogsSortOrder.Ascending)
        .targets([logQuery(panel.content)]);
    case "traces":
      return new TablePanel()
        .datasource(jaeger)
        .unit(panel.unit)
        .targets([traceQuery(panel.content)]);
    case "text":
      return new TextPanel().unit(panel.unit).mode(TextMode.Markdown).content(panel.content);
  }
}

function thresholds(bounds: readonly number[]): ThresholdsConfigBuilder {
  const colors = bounds.length > 1 ? ["yellow", "red"] : ["red"];
  const steps = bounds.map((value, index) => ({ value, color: colors[index] ?? "red" }));
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: "green" }, ...steps]);
}
