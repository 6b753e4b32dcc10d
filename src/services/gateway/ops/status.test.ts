import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "../../../platform/config";
import { createTestHost, type TestHost } from "../../../platform/testing";
import { createStandIn, MessageLog, standInAccount } from "../../../observability/telegram";
import { opsConfig } from "./config";
import { shared } from "./shared";
import { openStatus, type Status } from "./status";
import { type RunningGateway, runGateway } from "./testing/running-gateway";
import { serve, type Served } from "./testing/serve";

/** Answers of Prometheus 2.42 by expression, and of Alertmanager 0.25: `mes` is down, `crm` is idle, `shop` has no database. */
const recorded = JSON.parse(readFileSync(join(__dirname, "testing/recorded.json"), "utf8")) as {
  prometheus: Record<string, unknown>;
  alertmanager: unknown;
};

const loadOpsConfig = defineConfig(opsConfig);

let folder: string;
let prometheus: Served;
let alertmanager: Served;
let telegram: Served;
let host: TestHost;
let gateway: RunningGateway | undefined;

beforeEach(async () => {
  host = createTestHost("gateway");
  folder = mkdtempSync(join(tmpdir(), "alexandrite-ops-"));
  prometheus = await serve((request, response) => {
    const expression = new URL(request.url ?? "", "http://any").searchParams.get("query") ?? "";
    const answer = recorded.prometheus[expression];
    response.writeHead(answer === undefined ? 400 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { status: "error", errorType: "bad_data", error: expression }));
  });
  alertmanager = await serve((request, response) => {
    response.writeHead(request.url === "/api/v2/alerts" ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(recorded.alertmanager));
  });
  telegram = await serve(createStandIn({ log: new MessageLog(folder, 100_000) }));
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
  await host.close();
  await Promise.all([prometheus, alertmanager, telegram].map((server) => server.close()));
  rmSync(folder, { recursive: true });
});

const urls = (): Record<string, string> => ({
  PROMETHEUS_URL: prometheus.url,
  ALERTMANAGER_URL: alertmanager.url,
  TELEGRAM_URL: telegram.url,
});

async function statusOf(env: Record<string, string>): Promise<Status> {
  const read = await openStatus(host, loadOpsConfig({ OPS_SOURCE_LIMIT_MS: "15000", ...env }));
  return read();
}

test("what is up is told with what is down first, and with the checks that fail", async () => {
  const { instances } = await statusOf(urls());
  const startedAt = expect.stringMatching(/^2026-11-21T/) as string;
  expect(instances).toEqual({
    state: "ok",
    data: [
      { service: "mes", instance: "mes", up: false, failing: [] },
      { service: "shop", instance: "shop", up: true, failing: ["postgres"], startedAt },
      { service: "crm", instance: "crm", up: true, failing: [], startedAt },
      { service: "gateway", instance: "gateway", up: true, failing: [], startedAt },
    ],
  });
});

test("the signals of gRPC and HTTP services stand side by side, and a ratio of nothing is left out", async () => {
  const { signals } = await statusOf(urls());
  const number = expect.any(Number) as number;
  const process = { cpuShare: number, eventLoopDelaySeconds: 0.0113, memoryBytes: 123_000_000 };
  const traffic = { callsPerSecond: number, errorRatio: number, p99Seconds: number };
  expect(signals).toEqual({
    state: "ok",
    data: [
      { service: "crm", callsPerSecond: 0, poolShare: 0.3, ...process },
      { service: "gateway", ...traffic, ...process },
      { service: "shop", ...traffic, poolShare: 0.3, ...process },
    ],
  });
});

test("alerts come the loud and severe first, with their runbook; the Watchdog stands apart", async () => {
  const { alerts } = await statusOf({ ...urls(), GRAFANA_URL: "http://127.0.0.1:3000" });
  expect(alerts).toMatchObject({
    state: "ok",
    data: {
      watchdogSince: expect.stringMatching(/Z$/) as string,
      firing: [
        {
          name: "ServiceDown",
          severity: "critical",
          service: "mes",
          labels: { instance: "mes" },
          muted: "",
          summary: "mes is down.",
          runbook: "https://example.org/docs/runbook.md#servicedown",
          dashboard: "http://127.0.0.1:3000/d/services",
        },
        { name: "EventLoopDelayHigh", severity: "warning", service: "shop", muted: "" },
        { name: "GrpcErrorRatioHigh", severity: "critical", service: "mes", muted: "inhibited" },
      ],
    },
  });
});

test("messages are what the stand-in for Telegram was sent, the newest first, with their links", async () => {
  for (const text of ["one", '<b>MES</b> is down: <a href="http://127.0.0.1:8080/ops">look</a>'])
    await fetch(`${telegram.url}/bot${standInAccount.token}/sendMessage`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ chat_id: standInAccount.chatId, parse_mode: "HTML", text }),
    });
  const { messages } = await statusOf(urls());
  expect(messages).toMatchObject({
    state: "ok",
    data: [
      {
        id: 2,
        text: "MES is down: look",
        links: [{ offset: 13, length: 4, url: "http://127.0.0.1:8080/ops" }],
      },
      { id: 1, text: "one", links: [] },
    ],
  });
});

test("what is not configured says which variable it wants, and nothing fails", async () => {
  const { instances, signals, alerts, messages } = await statusOf({});
  for (const [told, name] of [
    [instances, "PROMETHEUS_URL"],
    [signals, "PROMETHEUS_URL"],
    [alerts, "ALERTMANAGER_URL"],
    [messages, "TELEGRAM_URL"],
  ] as const)
    expect(told).toEqual({ state: "missing", text: expect.stringContaining(name) as string });
});

test("one source that is down and one that never answers leave the third as it is", async () => {
  const silent = await serve(() => undefined);
  await prometheus.close();
  const status = await statusOf({
    ...urls(),
    ALERTMANAGER_URL: silent.url,
    OPS_SOURCE_LIMIT_MS: "2000",
  });
  expect(status.instances.state).toBe("failed");
  expect(status.alerts).toEqual({ state: "failed", text: "Alertmanager did not answer within 2000 ms." });
  expect(status.messages).toEqual({ state: "ok", data: [] });
  await silent.close();
});

test("an answer that is none of theirs is a failure of its source", async () => {
  const { alerts, messages } = await statusOf({
    ALERTMANAGER_URL: telegram.url,
    TELEGRAM_URL: alertmanager.url,
  });
  expect([alerts.state, messages.state]).toEqual(["failed", "failed"]);
});

test("any number of readers cost the sources what one does", async () => {
  let loads = 0;
  const read = shared(60_000, async () => ++loads);
  expect(await Promise.all([read(), read()])).toEqual([1, 1]);
  expect(await read()).toBe(1);
});

test("a reading that fails is not kept", async () => {
  let loads = 0;
  const read = shared(60_000, async () => (++loads === 1 ? Promise.reject(new Error("down")) : loads));
  await expect(read()).rejects.toThrow("down");
  expect(await read()).toBe(2);
});

test("the status can be kept for operators", async () => {
  gateway = await runGateway({ OPS_STATUS_FOR: "operators" });
  expect((await gateway.get("/api/v1/ops/status")).status).toBe(401);
  expect((await gateway.asOperator("/api/v1/ops/status")).status).toBe(200);
});
