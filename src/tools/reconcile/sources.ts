import { defineConfig } from "../../platform/config";
import { type Kafka, kafkaConfig, openKafka } from "../../platform/kafka";
import type { HostControl, ServiceHost } from "../../platform/lifecycle";
import { type Database, openDatabase, postgresConfig } from "../../platform/postgres";
import { type ObjectStore, openStore, s3Config } from "../../platform/s3";
import { openProvider, type PaymentProvider } from "../../services/shop/payment/provider";
import { s3Credentials } from "../../stack/secrets";
import type { Settings } from "../../stack/settings";
import { databaseUrl } from "../order/databases";
import { createToolHost } from "../tool-host";

export const serviceNames = ["mes", "crm", "shop"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** What the comparisons read and mend. Each is opened when it is asked for, once; what cannot be opened throws, and is tried again the next time. */
export type Sources = {
  database(service: ServiceName): Promise<Database>;
  kafka(): Promise<Kafka>;
  store(): Promise<ObjectStore>;
  provider(): Promise<PaymentProvider>;
  topic: string;
};

/** Long enough for a walk through a large table on a busy machine. */
const statementTimeoutMs = "60000";

/** The running system's, as the services' own variables say, else where the local system has them. `close` closes what was opened. */
export function systemSources(
  settings: Settings,
  env: NodeJS.ProcessEnv,
): Sources & { close(): Promise<void> } {
  const { ports } = settings;
  const controls: HostControl[] = [];
  // One each: a host has one check of readiness of a kind.
  const newHost = (): ServiceHost => {
    const control = createToolHost("reconcile");
    controls.push(control);
    return control.host;
  };
  const here = (port: number): string => `http://127.0.0.1:${port}`;
  const databases = Object.fromEntries(
    serviceNames.map((service) => [
      service,
      once(() => {
        const { postgres } = defineConfig({ postgres: postgresConfig })({
          DATABASE_URL: databaseUrl(settings, service),
          DATABASE_POOL_SIZE: "3",
          DATABASE_START_TIMEOUT_MS: "3000",
          DATABASE_STATEMENT_TIMEOUT_MS: statementTimeoutMs,
        });
        const host = newHost();
        return host.own(openDatabase(host, postgres, { migrations: [] }));
      }),
    ]),
  ) as Record<ServiceName, () => Promise<Database>>;
  return {
    database: (service) => databases[service](),
    kafka: once(() => {
      const brokers = env["KAFKA_BROKERS"] ?? `127.0.0.1:${ports.kafka}`;
      const { kafka } = defineConfig({ kafka: kafkaConfig })({ KAFKA_BROKERS: brokers });
      const host = newHost();
      return host.own(openKafka(host, kafka));
    }),
    store: once(async () => {
      const { s3 } = defineConfig({ s3: s3Config })({
        S3_ENDPOINT: here(ports.s3),
        S3_ACCESS_KEY_ID: s3Credentials.accessKeyId,
        S3_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey,
        ...pick(env, "S3_"),
      });
      const host = newHost();
      return host.own(openStore(host, s3));
    }),
    provider: once(async () => {
      const baseUrl = env["PAYMENTS_URL"] ?? here(ports.payments);
      const host = newHost();
      return host.own(openProvider(host, { baseUrl, timeoutMs: 10_000 }));
    }),
    topic: env["ORDER_STATUS_TOPIC"] ?? "order_status",
    async close() {
      await Promise.all(controls.map((control) => control.stop(5_000)));
    },
  };
}

function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

function pick(env: NodeJS.ProcessEnv, prefix: string): Record<string, string> {
  const entries = Object.entries(env).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
