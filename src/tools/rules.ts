import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { checkRules } from "../observability/prometheus/check-rules";
import { prometheusConfig, writeRuleFiles } from "../observability/prometheus";
import { renderSloAlerts, renderSloRules } from "../observability/slo";
import { run } from "../stack/command";
import { ensurePrometheus } from "../stack/tools/prometheus";

const root = resolve(__dirname, "../..");
const folder = join(root, "prometheus");

const configHead = "# Made from src/observability/prometheus/config.ts by `make rules`.\n";
const generated: Readonly<Record<string, string>> = {
  "prometheus.yml": configHead + prometheusConfig({ kind: "docker" }),
  "rules/slo.yml": renderSloRules(),
  "alerts/slo.yml": renderSloAlerts(),
};

/**
 * `node dist/tools/rules.js` writes what is made from code into `prometheus/`; with `--check` it fails when that is not what is there, when a rule is not
 * valid or reads what nothing writes, when the runbook and the alerts do not fit, or when a test of the rules fails.
 */
async function main(): Promise<void> {
  if (!process.argv.includes("--check")) {
    for (const [file, text] of Object.entries(generated)) writeFileSync(join(folder, file), text);
    return;
  }
  const stale = Object.entries(generated)
    .filter(
      ([file, text]) => !existsSync(join(folder, file)) || readFileSync(join(folder, file), "utf8") !== text,
    )
    .map(([file]) => `prometheus/${file} is not what the code generates. Run: make rules`);
  const problems = [...stale, ...checkRules(root)];
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const { promtool } = await ensurePrometheus();
  const drill = mkdtempSync(join(tmpdir(), "alexandrite-rules-"));
  try {
    await writeRuleFiles({ from: folder, to: drill, profile: "drill" });
    const config = join(drill, "prometheus.yml");
    writeFileSync(config, localConfig(drill));
    const rules = [folder, drill].flatMap((each) =>
      ["rules", "alerts"].flatMap((kind) => files(join(each, kind))),
    );
    const tests = files(join(folder, "tests"));
    await run(promtool, ["check", "rules", ...rules]);
    await run(promtool, ["check", "config", "--syntax-only", join(folder, "prometheus.yml")]);
    await run(promtool, ["check", "config", config]);
    await run(promtool, ["test", "rules", ...tests]);
    console.log(`${rules.length} files of rules hold, and so do ${tests.length} files of their tests.`);
  } finally {
    rmSync(drill, { recursive: true });
  }
}

function localConfig(rulesFolder: string): string {
  return prometheusConfig({
    kind: "local",
    profile: "drill",
    rulesFolder,
    targetsFile: join(rulesFolder, "targets.json"),
    alertmanager: "127.0.0.1:9093",
    others: [{ service: "prometheus", address: "127.0.0.1:9090" }],
  });
}

function files(of: string): string[] {
  return readdirSync(of)
    .filter((file) => file.endsWith(".yml"))
    .map((file) => join(of, file));
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
