import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  readTelegram,
  standIn,
  type TelegramSettings,
  writeAlertmanager,
} from "../../observability/alertmanager";
import { type OtherTarget, prometheusConfig, writeRuleFiles } from "../../observability/prometheus";
import { gatewayUrls } from "../instances";
import { PlainError } from "../plain-error";
import { containerOwner } from "../secrets";
import type { Settings } from "../settings";
import { targetsPath } from "../targets";

/** To whom Alertmanager is to send: in drills to the stand-in always. A malformed or half-given account is one sentence. */
export function telegramOf(
  { stateFolder, profile, ports }: Settings,
  env: NodeJS.ProcessEnv = process.env,
  standInUrl = `http://127.0.0.1:${ports.telegram}`,
): TelegramSettings {
  if (profile === "drill") return standIn(standInUrl);
  try {
    return readTelegram({ env, folder: stateFolder, standInUrl });
  } catch (error) {
    throw new PlainError((error as Error).message);
  }
}

/** Writes what Alertmanager reads, the bot's token too, for its owner only. Its templates are read from where they are written. */
export function writeAlertmanagerConfig(settings: Settings, telegram: TelegramSettings): void {
  const folder = join(settings.stateFolder, "alertmanager");
  writeAlertmanager(folder, {
    root: settings.root,
    telegram,
    links: {
      gateway: gatewayUrls(settings).split(",")[0] ?? "",
      traceStore: `http://127.0.0.1:${settings.ports.otlp}`,
    },
    profile: settings.profile,
    templates: folder,
  });
}

/** The same for the container, which has the folder as `/alertmanager` and runs as whoever owns the certificates' keys. */
export function writeContainerConfig(settings: Settings): void {
  const telegram = telegramOf(settings, process.env, "http://telegram:8081");
  const options = {
    root: settings.root,
    telegram,
    links: {
      gateway: "http://127.0.0.1:8080",
      grafana: "http://127.0.0.1:3000",
      jaeger: "http://127.0.0.1:16686",
    },
    profile: "normal" as const,
    templates: "/alertmanager",
  };
  writeAlertmanager(containerFolder(settings), options, containerOwner);
}

/** Where docker-compose.yml takes Alertmanager's files from. */
export function containerFolder({ stateFolder }: Settings): string {
  return join(stateFolder, "docker", "alertmanager");
}

/** Writes what Prometheus reads, but for the addresses of the services. `jaeger` = Jaeger is there to be scraped. */
export async function writePrometheusConfig(
  settings: Settings,
  { jaeger }: { jaeger: boolean },
): Promise<void> {
  const { ports, profile } = settings;
  const folder = join(settings.stateFolder, "prometheus");
  const address = (port: number): string => `127.0.0.1:${port}`;
  const others: OtherTarget[] = [
    { service: "prometheus", address: address(ports.prometheus) },
    { service: "alertmanager", address: address(ports.alertmanager) },
    ...(jaeger ? [{ service: "jaeger", address: address(ports.jaegerMetrics) }] : []),
  ];
  await mkdir(join(folder, "data"), { recursive: true });
  await writeRuleFiles({ from: join(settings.root, "prometheus"), to: folder, profile });
  const path = join(folder, "prometheus.yml");
  const text = prometheusConfig({
    kind: "local",
    profile,
    rulesFolder: folder,
    targetsFile: targetsPath(settings),
    alertmanager: address(ports.alertmanager),
    others,
  });
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
