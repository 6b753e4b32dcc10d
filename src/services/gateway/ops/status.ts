import { createHttpClient, type HttpClient } from "../../../platform/http";
import type { ServiceHost } from "../../../platform/lifecycle";
import { type Alerts, readAlerts } from "./alerts";
import type { OpsConfig } from "./config";
import { type Instance, readInstances } from "./instances";
import { type Message, readMessages } from "./messages";
import { readSignals, type Signals } from "./signals";
import { createAsk, missing, type Told } from "./source";
import { unrecorded } from "./unrecorded";

/** How the system is, as far as each source could tell. It names no order and no customer. */
export type Status = {
  /** ISO 8601. */
  at: string;
  instances: Told<Instance[]>;
  signals: Told<Signals[]>;
  alerts: Told<Alerts>;
  messages: Told<Message[]>;
};

const howTo = {
  prometheus:
    "Prometheus is not configured (PROMETHEUS_URL). `make run-all` starts it where it can be had, and says how to get it elsewhere.",
  alertmanager:
    "Alertmanager is not configured (ALERTMANAGER_URL). `make run-all` starts it where it can be had, and says how to get it elsewhere.",
  telegram:
    "The stand-in for Telegram is not configured (TELEGRAM_URL). Without a bot's token `make run-all` starts it; with one, messages go to Telegram itself.",
};

/** One client per source; nothing is tried twice, because the page asks again by itself. The host closes it. */
export async function openSource(
  host: ServiceHost,
  name: string,
  baseUrl: string,
  timeoutMs: number,
): Promise<HttpClient | undefined> {
  if (baseUrl === "") return undefined;
  return host.own(createHttpClient(host, { name, baseUrl, timeoutMs, retries: 0 }));
}

/** Makes the reader of the status: all sources side by side, each within its limit. */
export async function openStatus(host: ServiceHost, config: OpsConfig): Promise<() => Promise<Status>> {
  const { sourceLimitMs, grafanaUrl } = config;
  const prometheus = await openSource(host, "prometheus", config.prometheusUrl, sourceLimitMs);
  const alertmanager = await openSource(host, "alertmanager", config.alertmanagerUrl, sourceLimitMs);
  const telegram = await openSource(host, "telegram", config.telegramUrl, sourceLimitMs);
  const ask = createAsk(sourceLimitMs);
  const tell = async <T>(
    name: string,
    client: HttpClient | undefined,
    how: string,
    read: (client: HttpClient, signal: AbortSignal) => Promise<T>,
  ): Promise<Told<T>> => (client ? ask(name, (signal) => read(client, signal)) : missing(how));
  return () =>
    unrecorded(async () => {
      const [instances, signals, alerts, messages] = await Promise.all([
        tell("Prometheus", prometheus, howTo.prometheus, readInstances),
        tell("Prometheus", prometheus, howTo.prometheus, readSignals),
        tell("Alertmanager", alertmanager, howTo.alertmanager, (client, signal) =>
          readAlerts(client, grafanaUrl, signal),
        ),
        tell("The stand-in for Telegram", telegram, howTo.telegram, readMessages),
      ]);
      return { at: new Date().toISOString(), instances, signals, alerts, messages };
    });
}
