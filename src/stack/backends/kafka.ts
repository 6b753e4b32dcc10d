import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Kafka, logLevel, type ITopicConfig } from "kafkajs";
import { fingerprint } from "../fingerprint";
import type { KafkaTool } from "../tools/kafka";
import { type KafkaListener, serverProperties } from "../tools/kafka-properties";
import { formatStorage } from "../tools/kafka-storage";
import { eventually, type Backend } from "./backend";

export type KafkaOptions = {
  tool: KafkaTool;
  folder: string;
  port: number;
  controllerPort: number;
  listeners?: readonly KafkaListener[];
};

/** One Apache Kafka node in KRaft mode on 127.0.0.1; topics are never created by themselves. */
export function kafkaBackend(options: KafkaOptions): Backend {
  const { tool, folder, port, controllerPort, listeners = [] } = options;
  const properties = join(folder, "server.properties");
  const text = serverProperties({ port, controllerPort, folder: join(folder, "data"), listeners });
  const args = [...tool.options, "kafka.Kafka", properties];
  return {
    spec: {
      name: "kafka",
      command: tool.java,
      args,
      env: {
        PATH: process.env["PATH"] ?? "",
        ...(process.env["JAVA_HOME"] ? { JAVA_HOME: process.env["JAVA_HOME"] } : {}),
      },
      cwd: dirname(folder),
      stopSignal: "SIGTERM",
      stopMs: 30_000,
      stage: 0,
      ports: [port, controllerPort, ...listeners.map((each) => each.port)],
      ready: { kind: "none" },
      fingerprint: fingerprint([text, ...args]),
    },
    prepare: async () => {
      await mkdir(folder, { recursive: true });
      await formatStorage(join(folder, "data"), tool.bootstrapCheckpoint);
      await writeFile(properties, text);
    },
    ready: () => eventually(60_000, () => brokerAnswers(port)),
  };
}

/** Resolves when it describes its cluster. */
export function brokerAnswers(port: number): Promise<void> {
  return withAdmin(port, async (admin) => void (await admin.describeCluster()));
}

/** Creates the topics that are not there yet. */
export async function createTopics(port: number, topics: ITopicConfig[]): Promise<void> {
  await withAdmin(port, async (admin) => {
    const present = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !present.has(topic.topic));
    if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: true });
  });
}

async function withAdmin(
  port: number,
  use: (admin: ReturnType<Kafka["admin"]>) => Promise<void>,
): Promise<void> {
  const kafka = new Kafka({
    clientId: "stack",
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    await use(admin);
  } finally {
    await admin.disconnect();
  }
}
