import type { Dashboard } from "./panels";

const preamble = `# Dashboards

Made by \`make dashboards\` from [src/observability/dashboards](../src/observability/dashboards); \`make check\` fails when it is not fresh.

With Docker they are in Grafana, http://127.0.0.1:3000 (admin, admin), at \`/d/<name>\`. Without Docker there is no Grafana: Prometheus answers the
same expressions, and the gateway's pages \`/ops\` show the golden signals and the story of one order.

## Which one answers what
`;

const rest = `
## From one signal to the next

* A point on a latency panel is an exemplar: it opens the trace of one request that took this long.
* A span of a trace leads to the log lines of its trace, \`trace_id\` of a line back to the trace, \`order_id\` to the dashboard of that order.
* Red lines across panels are alerts that fired. Each alert links to the dashboard of its subject.
* *One order* takes the order's id: \`/d/order?var-order=<id>\`.

## What they keep to

* Rates are taken over \`$__rate_interval\`, sums of a while over \`$__range\`; both follow what is shown.
* What counts failures has no series before the first one: such a panel shows a zero called *none* until then.
* A gauge that several processes tell about the same thing is taken once, as the maximum.
* The check reads every expression: it must parse, and read and group by what [the catalogue of metrics](metrics.md) or a recording rule has.

A dashboard is a list of rows and panels in a file of its own. To change one, edit the file and run \`make dashboards\`; Grafana reads the folder again by itself.
`;

/** The text of `docs/dashboards.md`. */
export function dashboardsDocument(dashboards: readonly Dashboard[]): string {
  const rows = dashboards.map(({ uid, title, description, rows }) => {
    const panels = rows.reduce((sum, row) => sum + row.panels.length, 0);
    return [`[\`${uid}\`](../src/observability/dashboards/${uid}.ts)`, title, description, String(panels)];
  });
  const table = [["Name", "Title", "Question", "Panels"], Array<string>(4).fill("---"), ...rows];
  return [preamble, ...table.map((cells) => `| ${cells.join(" | ")} |`), rest].join("\n");
}
