import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { jaeger, logIndices, prometheus } from "./datasources";
import type { MetricPanel, PanelQuery } from "./panels";

/** A panel's queries to Prometheus: over time where it draws time, else only the newest values. */
export function metricQueries({ kind, queries }: MetricPanel): DataqueryBuilder[] {
  return queries.map((query, index) => {
    const builder = new DataqueryBuilder()
      .datasource(prometheus)
      .refId(String.fromCharCode("A".charCodeAt(0) + index))
      .expr(query.expr);
    return kind === "table" ? builder.instant().format(PromQueryFormat.Table) : shown(builder, kind, query);
  });
}

function shown(builder: DataqueryBuilder, kind: MetricPanel["kind"], { legend, exemplars }: PanelQuery) {
  const format = kind === "heatmap" ? PromQueryFormat.Heatmap : PromQueryFormat.TimeSeries;
  return builder.range().legendFormat(legend).exemplar(exemplars).format(format);
}

/** Log lines that a Lucene query finds, 500 at most. */
export function logQuery(query: string): Builder<Dataquery> {
  return foreign({
    refId: "A",
    datasource: logIndices,
    queryType: "lucene",
    luceneQueryType: "Metric",
    query,
    timeField: "timestamp",
    metrics: [{ id: "1", type: "logs", settings: { limit: "500" } }],
    bucketAggs: [],
  });
}

/** Every order's every trace passes through CRM, which stores all its events; Jaeger searches by one service only. */
export function traceQuery(tags: string): Builder<Dataquery> {
  return foreign({ refId: "A", datasource: jaeger, queryType: "search", service: "crm", tags, limit: 50 });
}

/** A query of a data source that the SDK has no types for. */
function foreign(query: Record<string, unknown>): Builder<Dataquery> {
  return { build: () => ({ ...query, _implementsDataqueryVariant: () => undefined }) };
}
