import { defineConfig } from "../../platform/config";
import { kafkaConfig, openKafka, type Kafka } from "../../platform/kafka";
import { createHost, type HostControl, type ServiceHost } from "../../platform/lifecycle";
import { openDatabase, postgresConfig, type Database, type Migration } from "../../platform/postgres";
import { createMetrics, openLog } from "../../platform/telemetry";

/** Where a process of a benchmark works: a database and the broker. */
export type Place = { databaseUrl: string; brokers: string };

/** A host whose log is silent: a benchmark that kills and stops servers would fill it with what is expected. */
export function createBenchHost(name: string): HostControl {
  const { log } = openLog({ service: name, instance: `${name}-${process.pid}`, level: "fatal" });
  return createHost({ name, instance: `${name}-${process.pid}`, log, metrics: createMetrics() });
}

/** Opens both as a service does; `host.own` closes them. */
export async function openPlace(
  host: ServiceHost,
  { databaseUrl, brokers }: Place,
  migrations: readonly Migration[],
): Promise<{ db: Database; kafka: Kafka }> {
  const config = defineConfig({ postgres: postgresConfig, kafka: kafkaConfig })({
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: brokers,
    // A benchmark keeps the machine busy: what is slow then is not what is measured.
    DATABASE_CONNECT_TIMEOUT_MS: "60000",
    DATABASE_STATEMENT_TIMEOUT_MS: "60000",
  });
  const db = await host.own(openDatabase(host, config.postgres, { migrations }));
  const kafka = await host.own(openKafka(host, config.kafka));
  return { db, kafka };
}
