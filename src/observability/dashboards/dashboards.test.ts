import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parse } from "yaml";
import { buildDashboard, dashboards, evaluateExpressions, expressionsOf, problemsOfDashboards } from ".";
import { jaeger, logIndices, prometheus } from "./datasources";
import { dashboard, lines, row, type Dashboard } from "./panels";

const root = join(__dirname, "../../..");

function one(expr: string, legend = "", description = "It is there."): Dashboard {
  const panel = lines("Panel", "s", description, { [legend]: expr });
  return dashboard("one", "One", "Is it?", [row("Row", [panel])]);
}

test("every panel is described, and asks for metrics and labels that something writes", () => {
  expect(problemsOfDashboards(dashboards)).toEqual([]);
});

test.each([
  ["a metric that was renamed", one("sum(rate(grpc_calls_total[$__rate_interval]))"), "no metric is called"],
  ["a label that is not there", one('up{colour="red"}'), "has no label colour"],
  ["a group by a label that is not there", one("sum by (colour) (up)"), "has the label colour"],
  [
    "a legend that names a dropped label",
    one("sum by (job) (up)", "{{service}}"),
    "the legend names service",
  ],
  ["a range of its own", one("rate(log_lines_total[5m])"), "the range [5m]"],
  ["what is not PromQL", one("sum(up"), "not PromQL"],
  ["a panel without description", one("up", "", ""), "a sentence that describes it"],
])("%s is found", (_, wrong, problem) => {
  expect(problemsOfDashboards([wrong])).toEqual([expect.stringContaining(problem)]);
});

test("panels lie beside and below each other, within 24 columns", () => {
  for (const each of dashboards) {
    const places = (buildDashboard(each).panels ?? []).map((panel) => panel.gridPos!);
    const cells = places.flatMap(({ x, y, w, h }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(Math.max(...places.map(({ x, w }) => x + w))).toBeLessThanOrEqual(24);
    expect(new Set(cells).size).toBe(cells.length);
  }
});

test("data sources have the uids that panels name", () => {
  const file = join(root, "grafana/provisioning/datasources/datasources.yml");
  const { datasources } = parse(readFileSync(file, "utf8")) as {
    datasources: { uid: string; type: string }[];
  };
  expect(datasources).toEqual(
    expect.arrayContaining([prometheus, jaeger, logIndices].map((source) => expect.objectContaining(source))),
  );
});

test("an evaluation tells series, numbers and what was refused, with Grafana's variables put in", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const query = new URLSearchParams(body).get("query") ?? "";
      asked.push(query);
      const result = [{ value: [0, "1"] }, { value: [0, "NaN"] }];
      const answer = { data: { resultType: "vector", result } };
      response.end(JSON.stringify(query.startsWith("bad") ? { error: "parse error" } : answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const expressions = [
    { dashboard: "one", panel: "Good", expr: 'rate(up{service=~"$service"}[$__rate_interval])' },
    { dashboard: "one", panel: "Bad", expr: "bad(up[$__range])" },
  ];

  const [good, bad] = await evaluateExpressions(url, expressions, { rateInterval: "20s" });
  await new Promise((resolve) => server.close(resolve));

  expect(asked).toEqual(['rate(up{service=~".*"}[20s])', "bad(up[5m])"]);
  expect(good).toMatchObject({ panel: "Good", series: 2, numbers: 1 });
  expect(bad).toMatchObject({ panel: "Bad", series: 0, error: "parse error" });
});

test("every dashboard but that of one order asks Prometheus", () => {
  const asking = new Set(expressionsOf().map((expression) => expression.dashboard));
  expect(dashboards.map(({ uid }) => uid).filter((uid) => !asking.has(uid))).toEqual(["order"]);
});
