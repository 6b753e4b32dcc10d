import { dirname, join } from "node:path";
import { codeDigest } from "../code-digest";
import { fingerprint } from "../fingerprint";
import type { ProcessSpec } from "../process-spec";
import type { Settings } from "../settings";

/** Stopped before the services, which would else be announced as down. */
const stage = 3;

type Part = Pick<ProcessSpec, "name" | "command" | "args" | "ports"> & {
  cwd?: string;
  readyUrl: string;
  env?: Record<string, string>;
  digest?: string;
};

/** The stand-in for Telegram. It runs even where a real bot is told: drills use it. */
export function telegramSpec(settings: Settings): ProcessSpec {
  const port = settings.ports.telegram;
  const main = join(settings.root, "dist/observability/telegram/main.js");
  return spec(settings, {
    name: "telegram",
    command: process.execPath,
    args: [
      "--max-old-space-size=48",
      "--max-semi-space-size=1",
      main,
      String(port),
      join(settings.stateFolder, "telegram"),
    ],
    ports: [port],
    readyUrl: `http://127.0.0.1:${port}/healthz`,
    digest: codeDigest(settings.root, ["observability/telegram"]),
  });
}

export function alertmanagerSpec(settings: Settings, program: string): ProcessSpec {
  const folder = join(settings.stateFolder, "alertmanager");
  const url = `http://127.0.0.1:${settings.ports.alertmanager}`;
  return spec(settings, {
    name: "alertmanager",
    command: program,
    args: [
      `--config.file=${join(folder, "alertmanager.yml")}`,
      `--storage.path=${join(folder, "data")}`,
      `--web.listen-address=${new URL(url).host}`,
      `--web.external-url=${url}`,
      "--log.format=json",
      // One alone: no gossip.
      "--cluster.listen-address=",
    ],
    ports: [settings.ports.alertmanager],
    // Debian's reads its default templates here.
    cwd: dirname(program),
    readyUrl: `${url}/-/ready`,
    env: { GOGC: "50", GOMAXPROCS: "1" },
  });
}

export function prometheusSpec(settings: Settings, program: string): ProcessSpec {
  const folder = join(settings.stateFolder, "prometheus");
  const url = `http://127.0.0.1:${settings.ports.prometheus}`;
  return spec(settings, {
    name: "prometheus",
    command: program,
    args: [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--storage.tsdb.retention.time=35d",
      "--storage.tsdb.retention.size=1GB",
      `--web.listen-address=${new URL(url).host}`,
      `--web.external-url=${url}`,
      "--log.format=json",
      "--web.enable-lifecycle",
      "--enable-feature=exemplar-storage",
    ],
    ports: [settings.ports.prometheus],
    readyUrl: `${url}/-/ready`,
    // The heap may grow by half before it is collected, not double: 60 MB less.
    env: { GOGC: "50" },
  });
}

/** Jaeger with the configuration that it has in Docker; only addresses differ, and how many traces it keeps in memory. It has what the trace store passes on. */
export function jaegerSpec(settings: Settings, program: string): ProcessSpec {
  const { jaeger, jaegerOtlp, jaegerMetrics } = settings.ports;
  const set = {
    "receivers.otlp.protocols.http.endpoint": `127.0.0.1:${jaegerOtlp}`,
    "receivers.otlp.protocols.grpc.endpoint": "127.0.0.1:0",
    "extensions.jaeger_query.http.endpoint": `127.0.0.1:${jaeger}`,
    "extensions.jaeger_query.grpc.endpoint": "127.0.0.1:0",
    "extensions.healthcheckv2.http.endpoint": "127.0.0.1:0",
    "extensions.jaeger_storage.backends.newest.memory.max_traces": "5000",
    "service.telemetry.metrics.readers": `[{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${jaegerMetrics}}}}}]`,
  };
  return spec(settings, {
    name: "jaeger",
    command: program,
    args: [
      `--config=${join(settings.root, "jaeger/config.yml")}`,
      ...Object.entries(set).map(([path, value]) => `--set=${path}=${value}`),
    ],
    ports: [jaeger, jaegerOtlp, jaegerMetrics],
    readyUrl: `http://127.0.0.1:${jaeger}/api/services`,
    env: { GOGC: "50", GOMEMLIMIT: "160MiB" },
  });
}

function spec(settings: Settings, { readyUrl, env, digest, ...part }: Part): ProcessSpec {
  return {
    ...part,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    cwd: part.cwd ?? settings.stateFolder,
    stopSignal: "SIGTERM",
    stopMs: 10_000,
    stage,
    ready: { kind: "http", url: readyUrl },
    fingerprint: fingerprint([part.command, ...part.args, JSON.stringify(env ?? {}), digest ?? ""]),
  };
}
