import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TelegramSettings } from "./telegram-settings";

/** Where the links of a message lead: the gateway, which has the runbook and pages of its own, `grafana` where that is, and Jaeger's pages or the trace store. */
export type Links = { gateway: string; grafana?: string } & ({ jaeger: string } | { traceStore: string });

export type AlertmanagerOptions = {
  /** The checkout: templates are read from its `alertmanager/`. */
  root: string;
  telegram: Omit<TelegramSettings, "standIn">;
  links: Links;
  /** `drill` waits for seconds where `normal` waits for half a minute. */
  profile: "normal" | "drill";
  /** The folder in which Alertmanager finds the templates. */
  templates: string;
};

/** How long Alertmanager collects before it tells: of a cause, of all else, of what joins a group; and how often it tells again. */
const times = {
  normal: {
    CAUSE_WAIT: "5s",
    GROUP_WAIT: "30s",
    GROUP_INTERVAL: "1m",
    REPEAT_CRITICAL: "1h",
    REPEAT_WARNING: "12h",
  },
  drill: {
    CAUSE_WAIT: "1s",
    GROUP_WAIT: "8s",
    GROUP_INTERVAL: "5s",
    REPEAT_CRITICAL: "1h",
    REPEAT_WARNING: "12h",
  },
} as const;

/** The files of a running Alertmanager, by name: `alertmanager.yml` holds the bot's token and is to be written for its owner only. */
export function renderAlertmanager(
  options: AlertmanagerOptions,
): Record<"alertmanager.yml" | "telegram.tmpl" | "links.tmpl", string> {
  const { root, telegram, links, profile, templates } = options;
  const values: Record<string, string> = {
    ...times[profile],
    TEMPLATES: JSON.stringify(join(templates, "*.tmpl")),
    TELEGRAM_API_URL: JSON.stringify(telegram.apiUrl),
    TELEGRAM_BOT_TOKEN: JSON.stringify(telegram.token),
    TELEGRAM_CHAT_ID: telegram.chatId,
  };
  const source = readFileSync(join(root, "alertmanager/alertmanager.yml"), "utf8");
  const config = source.replace(/\$\{(\w+)\}/g, (_all, name: string) => {
    const value = values[name];
    if (value === undefined)
      throw new Error(`alertmanager/alertmanager.yml asks for \${${name}}, which is not known.`);
    return value;
  });
  return {
    "alertmanager.yml": config,
    "telegram.tmpl": readFileSync(join(root, "alertmanager/templates/telegram.tmpl"), "utf8"),
    "links.tmpl": linksTemplate(links),
  };
}

/** Links in terms of an alert. Traces are those with an error; of the alert's service, where that is one with traces. */
function linksTemplate({ gateway, grafana, ...traces }: Links): string {
  const ops = `${gateway}/ops`;
  const traced = "^(gateway|shop|crm|mes|mes-operator|mes-worker|pricing|products|payments)$";
  const definitions = {
    "link.runbook": `{{ reReplaceAll "^docs/" "${gateway}/docs/" .Annotations.runbook_url }}`,
    "link.dashboard": grafana ? `${grafana}{{ .Annotations.dashboard }}` : ops,
    "link.traces":
      "jaeger" in traces
        ? `${traces.jaeger}/search?service={{ .Labels.service }}&tags=%7B%22error%22%3A%22true%22%7D`
        : `${traces.traceStore}/traces?attr=status=ERROR{{ if match "${traced}" .Labels.service }}&attr=service={{ .Labels.service }}{{ end }}`,
    "link.ops": ops,
  };
  return Object.entries(definitions)
    .map(([name, text]) => `{{ define "${name}" }}${text}{{ end }}\n`)
    .join("");
}
