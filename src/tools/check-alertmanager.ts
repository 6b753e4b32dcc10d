import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { standIn, writeAlertmanager } from "../observability/alertmanager";
import { run } from "../stack/command";
import { ensurePrometheus } from "../stack/tools/prometheus";

/** Which receivers are told of what. */
const routes: [labels: Record<string, string>, receiver: string][] = [
  [{ alertname: "ServiceDown", service: "mes", severity: "critical" }, "telegram"],
  [{ alertname: "KafkaDown", service: "kafka", severity: "critical" }, "telegram"],
  [{ alertname: "PostgresDown", service: "postgres", severity: "critical" }, "telegram"],
  [{ alertname: "OrderForked", service: "shop", severity: "critical" }, "telegram"],
  [{ alertname: "HttpLatencyHigh", service: "gateway", severity: "warning" }, "telegram-quiet"],
  [{ alertname: "Watchdog", severity: "info" }, "watchdog"],
  [{ alertname: "RecentlyDown", service: "mes", cause: "ServiceDown", severity: "info" }, "nobody"],
  // A severity that nobody thought of is told aloud rather than lost.
  [{ alertname: "Unheard", severity: "catastrophic" }, "telegram"],
  [{ alertname: "Unlabelled" }, "telegram"],
];

/** `node dist/tools/check-alertmanager.js`: amtool on what is rendered for both profiles, and on who is told of what. */
async function main(): Promise<void> {
  const { amtool } = await ensurePrometheus();
  const root = resolve(__dirname, "../..");
  for (const profile of ["normal", "drill"] as const) {
    const folder = mkdtempSync(join(tmpdir(), "alexandrite-alertmanager-"));
    try {
      const links = { gateway: "http://127.0.0.1:8080", jaeger: "http://127.0.0.1:16686" };
      writeAlertmanager(folder, {
        root,
        telegram: standIn("http://127.0.0.1:8081"),
        links,
        profile,
        templates: folder,
      });
      const file = join(folder, "alertmanager.yml");
      await run(amtool, ["check-config", file]);
      for (const [labels, receiver] of routes) {
        const words = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
        const options = [`--config.file=${file}`, `--verify.receivers=${receiver}`];
        await run(amtool, ["config", "routes", "test", ...options, ...words]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  console.log(`Alertmanager's configuration holds, and ${routes.length} alerts go where they should.`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
