import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { services } from "../../stack/service-table";
import { loadSettings } from "../../stack/settings";
import { prometheusConfig, type Runtime, scrapeTargets, writeRuleFiles } from "./index";

type Discovery = { names: string[]; port: number };
type Config = {
  global: Record<string, string>;
  rule_files: string[];
  scrape_configs: {
    job_name: string;
    dns_sd_configs?: Discovery[];
    file_sd_configs?: { files: string[] }[];
  }[];
};
const configOf = (runtime: Runtime): Config => parse(prometheusConfig(runtime)) as Config;
const local = {
  kind: "local",
  rulesFolder: "/state/prometheus",
  targetsFile: "/state/prometheus-targets.json",
  alertmanager: "127.0.0.1:9093",
  others: [{ service: "prometheus", address: "127.0.0.1:9090" }],
} as const;

test("in Docker every service of the table is scraped at its admin port", () => {
  const [job] = configOf({ kind: "docker" }).scrape_configs;
  const scraped = job?.dns_sd_configs?.map(({ names: [name], port }) => `${name}:${port}`);
  const { ports } = loadSettings({});
  const expected = services.map(({ name, adminPort }) => `${name}:${ports[adminPort]}`);
  // The exporter's port is 9110 whether or not the table has a row of it yet.
  expect(scraped?.sort()).toEqual([...new Set([...expected, "exporter:9110"])].sort());
});

test("elsewhere the services are read from a file, under the same job", () => {
  const config = configOf({ ...local, profile: "normal" });
  expect(config.scrape_configs.map(({ job_name }) => job_name)).toEqual(["alexandrite", "prometheus"]);
  expect(config.scrape_configs[0]?.file_sd_configs?.[0]?.files).toEqual([local.targetsFile]);
  expect(config.rule_files).toEqual(["/state/prometheus/rules/*.yml", "/state/prometheus/alerts/*.yml"]);
  expect(
    JSON.parse(scrapeTargets([{ service: "shop", instance: "shop-2", address: "127.0.0.1:9202" }])),
  ).toEqual([{ targets: ["127.0.0.1:9202"], labels: { service: "shop", instance: "shop-2" } }]);
});

test("the profiles differ in how often Prometheus looks", () => {
  const normal = configOf({ ...local, profile: "normal" });
  const drill = configOf({ ...local, profile: "drill" });
  expect(normal.global).toEqual({ scrape_interval: "5s", scrape_timeout: "4s", evaluation_interval: "5s" });
  expect(drill.global).toEqual({ scrape_interval: "2s", scrape_timeout: "2s", evaluation_interval: "2s" });
  expect({ ...drill, global: {} }).toEqual({ ...normal, global: {} });
});

test("rule files are copied as they are, or with the durations of the drill profile", async () => {
  const from = join(__dirname, "../../../prometheus");
  const to = mkdtempSync(join(tmpdir(), "alexandrite-rule-files-"));
  const text = (folder: string): string => readFileSync(join(folder, "alerts/services.yml"), "utf8");
  try {
    await writeRuleFiles({ from, to, profile: "normal" });
    expect(text(to)).toBe(text(from));
    await writeRuleFiles({ from, to, profile: "drill" });
    expect(text(to)).not.toBe(text(from));
    expect(readdirSync(join(to, "rules"))).toEqual(readdirSync(join(from, "rules")));
  } finally {
    rmSync(to, { recursive: true });
  }
});
