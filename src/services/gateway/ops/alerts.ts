import { z } from "zod";
import type { HttpClient } from "../../../platform/http";

const texts = z.record(z.string(), z.string());
const answer = z.array(
  z.object({
    labels: texts,
    annotations: texts,
    startsAt: z.string(),
    status: z.object({
      state: z.enum(["active", "suppressed", "unprocessed"]),
      silencedBy: z.array(z.string()),
      inhibitedBy: z.array(z.string()),
    }),
  }),
);

export type Alert = {
  name: string;
  severity: string;
  service: string;
  /** The labels that tell it from others of its name. */
  labels: Record<string, string>;
  /** ISO 8601. */
  since: string;
  /** Nobody is told of a muted one: an alert that explains it fires too, or somebody silenced it. */
  muted: "" | "inhibited" | "silenced";
  summary: string;
  description: string;
  runbook?: string;
  dashboard?: string;
};

export type Alerts = {
  firing: Alert[];
  /** Since when the alert that always fires has been here; missing when alerts do not get through. */
  watchdogSince?: string;
};

const severities = ["critical", "page", "warning", "info"];
const told = new Set(["alertname", "severity", "service", "job"]);

/** What fires, by Alertmanager's API v2: the loud before the muted, the severe first, then the oldest. Dashboards are paths in Grafana: without one there are none. */
export async function readAlerts(
  alertmanager: HttpClient,
  grafanaUrl: string,
  signal: AbortSignal,
): Promise<Alerts> {
  const all = await alertmanager.request({
    method: "GET",
    path: "/api/v2/alerts",
    route: "/api/v2/alerts",
    schema: answer,
    signal,
  });
  const watchdog = all.find(({ labels }) => labels["alertname"] === "Watchdog");
  const firing = all
    .filter((each) => each !== watchdog)
    .map(({ labels, annotations, startsAt, status }): Alert => {
      const { alertname = "?", severity = "none", service = "" } = labels;
      const { summary = "", description = "", runbook_url: runbook, dashboard } = annotations;
      return {
        name: alertname,
        severity,
        service,
        labels: Object.fromEntries(Object.entries(labels).filter(([name]) => !told.has(name))),
        since: startsAt,
        muted: status.silencedBy.length > 0 ? "silenced" : status.inhibitedBy.length > 0 ? "inhibited" : "",
        summary,
        description,
        ...(runbook ? { runbook } : {}),
        ...(dashboard && grafanaUrl ? { dashboard: new URL(dashboard, grafanaUrl).href } : {}),
      };
    });
  const rank = ({ severity }: Alert): number => {
    const at = severities.indexOf(severity);
    return at === -1 ? severities.length : at;
  };
  firing.sort(
    (a, b) =>
      Number(a.muted !== "") - Number(b.muted !== "") || rank(a) - rank(b) || a.since.localeCompare(b.since),
  );
  return { firing, ...(watchdog ? { watchdogSince: watchdog.startsAt } : {}) };
}
