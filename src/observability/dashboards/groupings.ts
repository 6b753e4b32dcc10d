import { parser } from "@prometheus-io/lezer-promql";
import { selectorsOf } from "../promql";

/** What an aggregation keeps (`by`), and the metrics below it. */
export type Grouping = { labels: readonly string[]; metrics: readonly string[] };

/** The aggregations with `by` of an expression whose variables have been put in; throws when it is not PromQL. */
export function groupingsOf(promql: string): Grouping[] {
  const selectors = selectorsOf(promql);
  const found: Grouping[] = [];
  parser.parse(promql).iterate({
    enter: ({ node }) => {
      const modifier = node.name === "AggregateExpr" ? node.getChild("AggregateModifier") : null;
      if (!modifier?.getChild("By")) return;
      const labels = modifier.getChild("GroupingLabels")?.getChildren("LabelName") ?? [];
      const below = selectors.filter(({ from, to }) => from >= node.from && to <= node.to);
      found.push({
        labels: labels.map(({ from, to }) => promql.slice(from, to)),
        metrics: below.map(({ metric }) => metric),
      });
    },
  });
  return found;
}
