import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gatewayUrls } from "../instances";
import type { Settings } from "../settings";
import type { Status } from "../status";
import { containerFolder } from "./configs";
import { readShortfalls } from "./shortfalls";

/** `up`, `not ready`, `coming`, `missing`, `off`, or `down` when it was there and is not. */
export type Watcher = { name: string; state: string; what: string };

/** What watches the system on this machine, and how to come by what does not. */
export function watchers(settings: Settings, status: Status): Watcher[] {
  const { ports, stateFolder } = settings;
  const shortfalls = readShortfalls(stateFolder);
  const processOf = (name: string) => status.processes.find((process) => process.name === name);
  const url = (port: number): string => `http://127.0.0.1:${port}`;
  const ops = `${gatewayUrls(settings).split(",")[0]}/ops`;

  const row = (title: string, name: string, what: string): Watcher => {
    const process = processOf(name);
    const shortfall = shortfalls[name];
    if (process?.ready) return { name: title, state: "up", what };
    if (process?.pid !== undefined) return { name: title, state: "not ready", what };
    if (shortfall?.state === "coming" && processOf("telemetry-tools")?.pid !== undefined)
      return { name: title, state: "coming", what: `${what}, being ${shortfall.why}: make status` };
    if (shortfall?.state === "coming")
      return { name: title, state: "missing", what: "getting it was broken off: make run-all goes on" };
    if (shortfall) return { name: title, state: "missing", what: shortfall.why };
    return {
      name: title,
      state: process ? "down" : "off",
      what: process ? `make start SERVICE=${name}` : "make run-all starts it",
    };
  };

  const here = settings.telemetry
    ? [
        row("Prometheus", "prometheus", url(ports.prometheus)),
        row(
          "Alertmanager",
          "alertmanager",
          `${url(ports.alertmanager)}, ${sendsTo(join(stateFolder, "alertmanager"))}`,
        ),
        row("Telegram stand-in", "telegram", url(ports.telegram)),
        settings.jaeger
          ? row("Jaeger", "jaeger", `${url(ports.jaeger)}/api/traces?service=shop (its pages need Docker)`)
          : { name: "Jaeger", state: "off", what: "JAEGER=off was said" },
      ]
    : [
        {
          name: "Prometheus and its kin",
          state: "off",
          what: "TELEMETRY=off was said: make run-all starts them",
        },
      ];
  return [
    { name: "State, alerts, orders", state: processOf("gateway")?.ready ? "up" : "down", what: ops },
    ...here,
    row("Trace store", "otlp", `${url(ports.otlp)}/traces (not Jaeger)`),
    { name: "Grafana", state: "missing", what: `needs Docker (STACK=docker); without it ${ops}` },
    { name: "Graylog", state: "missing", what: "needs Docker (STACK=docker); without it make logs" },
  ];
}

/** What watches the containers of docker-compose.yml. */
export function containerWatchers(settings: Settings): Watcher[] {
  return [
    ["State, alerts, orders", "http://127.0.0.1:8080/ops"],
    ["Prometheus", "http://127.0.0.1:9090"],
    ["Alertmanager", `http://127.0.0.1:9093, ${sendsTo(containerFolder(settings))}`],
    ["Telegram stand-in", "http://127.0.0.1:8081"],
    ["Jaeger", "http://127.0.0.1:16686"],
    ["Grafana", "http://127.0.0.1:3000 (admin, admin)"],
    ["Graylog", "http://127.0.0.1:7555 (admin, admin)"],
  ].map(([name = "", what = ""]) => ({ name, state: "", what }));
}

/** Whom the configuration that was written last tells. */
function sendsTo(folder: string): string {
  const path = join(folder, "alertmanager.yml");
  const toTelegram = existsSync(path) && readFileSync(path, "utf8").includes("https://api.telegram.org");
  return toTelegram
    ? "sends to Telegram"
    : "sends to the stand-in (to Telegram with TELEGRAM_BOT_TOKEN_FILE= and TELEGRAM_CHAT_ID_FILE=)";
}
