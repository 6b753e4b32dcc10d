import { join } from "node:path";
import { launch } from "../launch";
import { PlainError } from "../plain-error";
import type { ProcessSpec } from "../process-spec";
import type { Progress } from "../progress";
import type { Settings } from "../settings";
import { ask } from "../supervisor/client";
import { telegramOf, writeAlertmanagerConfig, writePrometheusConfig } from "./configs";
import { forgetServers, servers, type Server } from "./servers";
import { setShortfalls } from "./shortfalls";
import { telegramSpec } from "./specs";

const installer = "telemetry-tools";
const names = ["telegram", "prometheus", "alertmanager", "jaeger", installer];

/**
 * Starts what watches the system, with configurations written anew. What has to be fetched or built first comes later, by a process of its own at the
 * lowest priority; what cannot be had or does not start is noted for the closing table, and fails nothing. Drills cannot do without Prometheus and
 * Alertmanager: with their profile these two are waited for, and their faults are thrown.
 */
export async function startTelemetry(settings: Settings, progress: Progress): Promise<void> {
  if (!settings.telemetry) return forgetServers(settings, names);
  const rows = servers(settings);
  if (!settings.jaeger) await forgetServers(settings, ["jaeger"]);
  writeAlertmanagerConfig(settings, telegramOf(settings));
  await writePrometheusConfig(settings, {
    jaeger: rows.some(({ name, find }) => name === "jaeger" && find()),
  });
  const drill = settings.profile === "drill";
  const isNeeded = (row: Server): boolean => drill && row.name !== "jaeger";
  const now = rows.filter((row) => isNeeded(row) || row.find());
  await Promise.all([
    attempt("telegram", drill, () => launch(settings, telegramSpec(settings))),
    ...now.map((row) =>
      attempt(row.name, isNeeded(row), async (report) => row.start(row.find() ?? (await row.ensure(report)))),
    ),
  ]);
  const later = rows.filter((row) => !now.includes(row));
  if (later.length > 0) await installLater(settings, later);

  async function attempt(
    name: string,
    needed: boolean,
    work: (report: (doing: string) => void) => Promise<string>,
  ): Promise<void> {
    try {
      await progress.task(name, work);
      setShortfalls(settings.stateFolder, { [name]: undefined });
    } catch (error) {
      if (needed) throw error;
      setShortfalls(settings.stateFolder, { [name]: { state: "missing", why: reasonOf(error) } });
    }
  }
}

/** Why something is missing, in a line. */
export function reasonOf(error: unknown): string {
  const { message } = error as Error;
  return error instanceof PlainError
    ? message.split("\n")[0]!
    : message.trim().split("\n").at(-1)!.slice(0, 200);
}

async function installLater(settings: Settings, rows: Server[]): Promise<void> {
  setShortfalls(
    settings.stateFolder,
    Object.fromEntries(rows.map(({ name, how }) => [name, { state: "coming", why: how }] as const)),
  );
  await ask(settings.stateFolder, { verb: "start", spec: installerSpec(settings), restart: "off" });
}

function installerSpec(settings: Settings): ProcessSpec {
  const main = join(settings.root, "dist/stack/main.js");
  const kept = Object.entries(process.env).filter(([name]) => !/^(TELEGRAM_|npm_|MAKE|MFLAGS)/.test(name));
  return {
    name: installer,
    command: process.execPath,
    args: ["--max-old-space-size=64", main, "telemetry-tools", JSON.stringify(settings)],
    env: Object.fromEntries(kept.map(([name, value]) => [name, value ?? ""])),
    cwd: settings.root,
    stopSignal: "SIGTERM",
    stopMs: 5_000,
    stage: 3,
    ports: [],
    ready: { kind: "none" },
    fingerprint: "",
  };
}
