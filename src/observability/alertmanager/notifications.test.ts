import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { freePorts } from "../../stack/ports";
import { ensurePrometheus } from "../../stack/tools/prometheus";
import { createStandIn, type Message, MessageLog } from "../telegram";
import { standIn, writeAlertmanager } from "./index";

/** A real Alertmanager with the configuration as it runs, and the stand-in for Telegram: what is told of, in which words, and what is not. */
let folder: string;
let telegram: Server;
let alertmanager: ChildProcess;
let url: string;
let log: MessageLog;
const refused: string[] = [];

beforeAll(async () => {
  const programs = await ensurePrometheus();
  folder = mkdtempSync(join(tmpdir(), "alexandrite-notifications-"));
  log = new MessageLog(join(folder, "telegram"), 1_000_000);
  telegram = createStandIn({
    log,
    onMessage: (outcome) => void ("refused" in outcome && refused.push(outcome.refused)),
  });
  await new Promise<void>((listening) => telegram.listen(0, "127.0.0.1", listening));
  const standInUrl = `http://127.0.0.1:${(telegram.address() as AddressInfo).port}`;
  writeAlertmanager(folder, {
    root: resolve(__dirname, "../../.."),
    telegram: standIn(standInUrl),
    links: {
      gateway: "http://127.0.0.1:8080",
      grafana: "http://127.0.0.1:3000",
      traceStore: "http://127.0.0.1:4318",
    },
    profile: "drill",
    templates: folder,
  });
  const [port = 0] = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
  const args = [
    `--config.file=${join(folder, "alertmanager.yml")}`,
    `--storage.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--cluster.listen-address=",
  ];
  alertmanager = spawn(programs.alertmanager, args, { stdio: "ignore", cwd: dirname(programs.alertmanager) });
  await eventually(
    async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true,
    "Alertmanager",
  );
  // Alertmanager waits 8 s for what belongs together: once for all tests.
  await post(...subject, ...many);
}, 600_000);

afterAll(async () => {
  if (alertmanager?.exitCode === null) {
    alertmanager.kill();
    await once(alertmanager, "exit");
  }
  await new Promise((closed) => {
    telegram.close(closed);
    telegram.closeAllConnections();
  });
  rmSync(folder, { recursive: true, force: true });
});

type Alert = { labels: Record<string, string>; annotations?: Record<string, string>; endsAt?: string };

const alert = (
  alertname: string,
  service: string,
  severity: string,
  further: Record<string, string> = {},
): Alert => ({
  labels: { alertname, service, severity, job: "alexandrite", ...further },
  annotations: {
    summary: `${alertname} of ${service}`,
    description: `What ${alertname} says.`,
    runbook_url: `docs/runbook.md#${alertname.toLowerCase()}`,
    dashboard: "/d/overview",
  },
});
const resolved = (given: Alert): Alert => ({ ...given, endsAt: new Date().toISOString() });

const post = async (...alerts: Alert[]): Promise<void> => {
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(alerts),
  });
  expect(response.status).toBe(200);
};
const about = (name: string): Message[] => log.list().filter(({ text }) => text.includes(name));

const subject = [
  alert("ConsumerStopped", "crm", "critical", { subject: "kafka" }),
  alert("ConsumerLagHigh", "crm", "warning", { subject: "kafka" }),
  alert("MemoryHigh", "crm", "warning", { subject: "node" }),
];
const hostile = `<b>&"'\`${'x<y&z"'.repeat(100)}`;
const many = Array.from({ length: 60 }, (_, n) => {
  const { labels } = alert("CpuHigh", "shop-front", "warning", { status: `<i>${n}`, order: hostile });
  return {
    labels,
    annotations: { summary: hostile, description: hostile, runbook_url: "https://example.org/?a=1&b=<2>" },
  };
});

test("a service that is down is one message, what follows from it none, and its return one", async () => {
  const down = alert("ServiceDown", "mes", "critical", { instance: "mes" });
  const consequences = [
    alert("ServiceNotReady", "mes-operator", "warning"),
    alert("HttpErrorRatioHigh", "gateway", "critical"),
    alert("OutboxOldestUnsent", "mes", "critical"),
    alert("ServiceRestarting", "mes-operator", "warning"),
    alert("PricingQueueWait", "mes", "warning"),
    alert("SloBurnRateFast", "gateway", "critical", { slo: "mes_availability" }),
  ];
  const other = alert("DiskFull", "host", "critical");
  await post(down, ...consequences, other, alert("Watchdog", "prometheus", "info"));
  // Of what was reported together the unmuted is told when the muted would have been.
  await eventually(() => about("DiskFull").length === 1 && about("ServiceDown").length === 1, "two messages");

  await post(resolved(down), alert("RecentlyDown", "mes", "info", { cause: "ServiceDown" }), ...consequences);
  const late = alert("DeadLettersOpen", "shop", "critical");
  await post(late);
  await eventually(
    () => about("DeadLettersOpen").length === 1 && about("ServiceDown").length === 2,
    "two more",
  );

  const [first, last] = about("ServiceDown");
  expect(first?.text).toMatch(
    /^🔴 Critical: ServiceDown of mes\nServiceDown · mes\nSince \d+ \w+ [\d:]+ UTC\nWhat ServiceDown says\.\nDashboard · Runbook · Traces · State$/,
  );
  expect(first?.entities.flatMap(({ url: link }) => link ?? [])).toEqual([
    "http://127.0.0.1:3000/d/overview",
    "http://127.0.0.1:8080/docs/runbook.md#servicedown",
    "http://127.0.0.1:4318/traces?attr=status=ERROR&attr=service=mes",
    "http://127.0.0.1:8080/ops",
  ]);
  expect(last?.text).toMatch(/^✅ Resolved: ServiceDown of mes\n/);
  for (const { labels } of consequences) expect(about(labels["alertname"] ?? "")).toEqual([]);
  expect(refused).toEqual([]);
});

test("a critical alert mutes the warning of its subject and service, and no other; warnings come without a sound", async () => {
  await eventually(
    () => about("MemoryHigh").length === 1 && about("ConsumerStopped").length === 1,
    "two messages",
  );
  expect(about("ConsumerLagHigh")).toEqual([]);
  expect(about("ConsumerStopped")[0]?.silent).toBe(false);
  expect(about("MemoryHigh")[0]?.silent).toBe(true);
});

test("many alerts with hostile and long texts are one message within Telegram's bounds, escaped", async () => {
  await eventually(() => about("CpuHigh").length === 1 || refused.length > 0, "a message");
  expect(refused).toEqual([]);
  const [message] = about("CpuHigh");
  expect(message?.text).toContain(`🟠 Warning: <b>&"'`);
  expect(message?.text).toContain("CpuHigh · shop-front · 60 alerts");
  expect(message?.text).toContain("and more, see the links");
  expect(message?.html.length).toBeLessThan(4_096);
  expect(message?.entities.filter(({ type }) => type === "text_link")).toHaveLength(4);
});

async function eventually(look: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const until = Date.now() + 50_000;
  while (!(await look())) {
    if (Date.now() > until)
      throw new Error(
        `${what} never came; there are: ${JSON.stringify(log.list().map(({ text }) => text))}; refused: ${refused.join()}`,
      );
    await new Promise((wake) => setTimeout(wake, 100));
  }
}
