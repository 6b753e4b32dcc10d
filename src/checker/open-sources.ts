import { defineConfig } from "../platform/config";
import { type Kafka, kafkaConfig, openKafka } from "../platform/kafka";
import type { HostControl, ServiceHost } from "../platform/lifecycle";
import { type Database, openDatabase, postgresConfig } from "../platform/postgres";
import { openStore, s3Config } from "../platform/s3";
import { s3Credentials } from "../stack/secrets";
import type { Settings } from "../stack/settings";
import { databaseUrl } from "../tools/order/databases";
import { createToolHost } from "../tools/tool-host";
import type { CheckSources } from "./evidence";

/** Of a running local system: everything that the invariants look at. Throws when something cannot be opened. `close` closes what was opened. */
export async function openSystemSources(
  settings: Settings,
  env: NodeJS.ProcessEnv = process.env,
): Promise<CheckSources & { close(): Promise<void> }> {
  const controls: HostControl[] = [];
  // One each: a host has one check of readiness of a kind.
  const newHost = (): ServiceHost => {
    const control = createToolHost("checker");
    controls.push(control);
    return control.host;
  };
  const close = async (): Promise<void> => {
    await Promise.all(controls.map((control) => control.stop(5_000)));
  };
  const { ports } = settings;
  async function database(name: string): Promise<Database> {
    const { postgres } = defineConfig({ postgres: postgresConfig })({
      DATABASE_URL: databaseUrl(settings, name),
      DATABASE_POOL_SIZE: "2",
      DATABASE_START_TIMEOUT_MS: "10000",
      // Whole tables are read.
      DATABASE_STATEMENT_TIMEOUT_MS: "300000",
    });
    const host = newHost();
    return host.own(openDatabase(host, postgres, { migrations: [] }));
  }
  async function kafka(): Promise<Kafka> {
    const { kafka } = defineConfig({ kafka: kafkaConfig })({
      KAFKA_BROKERS: env["KAFKA_BROKERS"] ?? `127.0.0.1:${ports.kafka}`,
    });
    const host = newHost();
    return host.own(openKafka(host, kafka));
  }
  async function store() {
    const { s3 } = defineConfig({ s3: s3Config })({
      S3_ENDPOINT: `http://127.0.0.1:${ports.s3}`,
      S3_ACCESS_KEY_ID: s3Credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey,
      ...Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith("S3_"))),
    });
    const host = newHost();
    return host.own(openStore(host, s3));
  }
  try {
    const [mes, crm, shop, ledger] = await Promise.all(["mes", "crm", "shop", "payments"].map(database));
    return {
      databases: { mes: mes!, crm: crm!, shop: shop! },
      topic: {
        kafka: await kafka(),
        name: env["ORDER_STATUS_TOPIC"] ?? "order_status",
        groups: { mes: "mes", crm: "crm", shop: "shop" },
      },
      pricing: mes!,
      payments: { shop: shop!, ledger: ledger! },
      objects: { store: await store(), rows: mes! },
      notes: crm!,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
