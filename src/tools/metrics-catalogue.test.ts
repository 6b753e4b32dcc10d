import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { codeNames } from "../platform/grpc";
import { createMetrics } from "../platform/telemetry";
import { metricsCatalogue } from "./metrics-catalogue";

const root = join(__dirname, "../..");

function filesUnder(folder: string, suffix: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && suffix.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
const textOf = (file: string) => readFileSync(join(root, file), "utf8");

test("every file that declares metrics is in the catalogue, with each metric that it declares", () => {
  const declaring = filesUnder("src", /(?<!\.test)\.ts$/)
    .map((file) => ({ file, specs: textOf(file).match(/\bdefineMetric\(\{/g)?.length ?? 0 }))
    .filter(({ specs }) => specs > 0);
  const listed = metricsCatalogue.map(({ file, specs }) => ({ file: `src/${file}`, specs: specs.length }));
  const byFile = (a: { file: string }, b: { file: string }) => a.file.localeCompare(b.file);
  expect(listed.sort(byFile)).toEqual(declaring.sort(byFile));
});

test("no two metrics have one name, nor one that Node.js's own have", async () => {
  const { registry } = createMetrics({ processMetrics: true });
  const names = [
    ...metricsCatalogue.flatMap(({ specs }) => specs.map(({ name }) => name)),
    ...(await registry.getMetricsAsJSON()).map(({ name }) => name),
  ];
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

test("a registry takes the whole catalogue and prints it", async () => {
  const metrics = createMetrics({ processMetrics: true });
  const specs = metricsCatalogue.flatMap((each) => each.specs);
  for (const spec of specs) {
    if (spec.kind === "counter") metrics.counter(spec as never);
    else if (spec.kind === "gauge") metrics.gauge(spec as never);
    else metrics.histogram(spec as never);
  }
  const text = await metrics.collect();
  for (const { name } of specs) expect(text).toContain(`# TYPE ${name.replace(/_total$/, "")} `);
});

test("rules, alerts and dashboards write grpc_code as the metrics do", () => {
  const files = ["prometheus", "grafana"].flatMap((folder) => filesUnder(folder, /\.(ya?ml|json)$/));
  const wrong = files.flatMap((file) =>
    [...textOf(file).matchAll(/grpc_code\s*(?:=~|!~|!=|=)\s*\\?"([^"\\]*)\\?"/g)]
      .flatMap(([, value = ""]) => value.replace(/[()^$]/g, "").split("|"))
      .filter((value) => value !== "" && !value.includes(".") && !value.startsWith("$"))
      .filter((value) => !codeNames.includes(value))
      .map((value) => `${file}: ${value}`),
  );
  expect(wrong).toEqual([]);
});
