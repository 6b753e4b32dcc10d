import { openKafka } from "../../platform/kafka";
import type { ServiceHost } from "../../platform/lifecycle";
import { openMonitor } from "../../platform/postgres";
import { openStore } from "../../platform/s3";
import { type Collector, runCollectors } from "./collectors";
import type { CollectorName, ExporterConfig } from "./config";
import { hostCollector } from "./host/collect-host";
import { processesCollector } from "./host/collect-processes";
import { createClusterView, kafkaCollector } from "./kafka/collect-kafka";
import { kafkaAgeCollector } from "./kafka/collect-ages";
import { postgresCollector } from "./postgres/collect-postgres";
import { statementsCollector } from "./postgres/collect-statements";
import { s3Collector } from "./s3/collect-s3";

/** Tells what the servers that the system stands on do not tell Prometheus themselves. It is ready whatever is down: that is what it is there to say. */
export async function startExporter(host: ServiceHost, config: ExporterConfig): Promise<void> {
  const { metrics } = host;
  const wanted = new Set<CollectorName>(config.collectors);
  const always: ServiceHost = { ...host, readiness: () => undefined };
  const collectors: Collector[] = [];

  if (wanted.has("postgres") || wanted.has("statements")) {
    const monitor = openMonitor(config.postgres.url);
    await host.own(monitor);
    if (wanted.has("postgres")) collectors.push(postgresCollector(metrics, monitor));
    if (wanted.has("statements")) collectors.push(statementsCollector(metrics, monitor));
  }
  if (wanted.has("kafka") || wanted.has("kafka_age")) {
    const kafka = await host.own(openKafka(always, config.kafka));
    const view = createClusterView(kafka);
    if (wanted.has("kafka")) collectors.push(kafkaCollector(metrics, view));
    if (wanted.has("kafka_age")) collectors.push(kafkaAgeCollector(metrics, kafka, view));
  }
  if (wanted.has("s3")) collectors.push(s3Collector(metrics, await host.own(openStore(always, config.s3))));
  if (wanted.has("host")) collectors.push(hostCollector(metrics, config.dataFolder));
  if (wanted.has("processes")) collectors.push(processesCollector(metrics, config.processGroups));
  runCollectors(host, collectors);
}
