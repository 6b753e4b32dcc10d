import { join } from "node:path";
import { kafkaBackend, createTopics } from "./backends/kafka";
import { postgresBackend, createDatabases } from "./backends/postgres";
import { s3Backend } from "./backends/s3";
import type { Backend } from "./backends/backend";
import { fingerprint } from "./fingerprint";
import { readLinks } from "./links";
import type { ProcessSpec } from "./process-spec";
import { databasePassword, s3Credentials } from "./secrets";
import { databases } from "./service-table";
import type { Settings } from "./settings";
import { ensureKafka } from "./tools/kafka";
import { findPostgres } from "./tools/postgres";
import { ensureVersitygw } from "./tools/versitygw";

type Report = (line: string) => void;

/** A backend and what it has to hold before services start. `create` downloads or builds what is not in the cache. */
export type BackendRow = {
  name: string;
  create(report: Report): Promise<Backend>;
  provision(): Promise<void>;
};

/** Kept for ever: services read it from its beginning. Never compacted: a late duplicate would outlive the last event. */
const topicSettings = [
  { name: "retention.ms", value: "-1" },
  { name: "cleanup.policy", value: "delete" },
];

export function kafkaRow(settings: Settings): BackendRow {
  const { kafka, kafkaController } = settings.ports;
  const folder = join(settings.stateFolder, "kafka");
  const { listeners } = readLinks(settings.stateFolder);
  const ports = { port: kafka, controllerPort: kafkaController, listeners };
  return {
    name: "kafka",
    create: async (report) => kafkaBackend({ tool: await ensureKafka(report), folder, ...ports }),
    provision: () =>
      createTopics(
        kafka,
        ["order_status", "order_status.dlq"].map((topic) => ({
          topic,
          numPartitions: 12,
          replicationFactor: 1,
          configEntries: topicSettings,
        })),
      ),
  };
}

export function backendRows(settings: Settings): BackendRow[] {
  const postgres = { port: settings.ports.postgres, password: databasePassword };
  const s3 = {
    ...s3Credentials,
    folder: join(settings.stateFolder, "s3"),
    port: settings.ports.s3,
    buckets: ["models"],
  };
  return [
    {
      name: "postgres",
      create: async () =>
        postgresBackend({
          ...postgres,
          tool: findPostgres(),
          folder: join(settings.stateFolder, "postgres"),
          maxConnections: 200,
          durable: true,
        }),
      provision: () => createDatabases(postgres, databases),
    },
    kafkaRow(settings),
    {
      name: "s3",
      create: async (report) => s3Backend({ ...s3, versitygw: await ensureVersitygw(report) }),
      provision: async () => {},
    },
  ];
}

/** The receiver of traces: it keeps them, and passes copies on to Jaeger where that runs. */
export function otlpSpec(settings: Settings): ProcessSpec {
  const port = settings.ports.otlp;
  const args = [
    "--max-old-space-size=96",
    "--max-semi-space-size=2",
    join(settings.root, "dist/stack/otlp/main.js"),
    String(port),
    join(settings.stateFolder, "traces"),
    ...(settings.telemetry && settings.jaeger
      ? [`http://127.0.0.1:${settings.ports.jaegerOtlp}/v1/traces`]
      : []),
  ];
  return {
    name: "otlp",
    command: process.execPath,
    args,
    env: { PATH: process.env["PATH"] ?? "" },
    cwd: settings.root,
    stopSignal: "SIGTERM",
    stopMs: 5_000,
    stage: 1,
    ports: [port],
    ready: { kind: "http", url: `http://127.0.0.1:${port}/healthz` },
    fingerprint: fingerprint(args),
  };
}
