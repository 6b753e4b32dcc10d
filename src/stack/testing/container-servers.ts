import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command";
import { createTopics } from "../backends/kafka";
import { freePorts } from "../ports";
import type { TestServers } from "./test-servers";

/** True when a Docker engine answers. */
export async function dockerAnswers(): Promise<boolean> {
  try {
    await run("docker", ["version", "--format", "{{.Server.Version}}"]);
    return true;
  } catch {
    return false;
  }
}

/** The same servers as containers, of the images that docker-compose.yml takes. Their own reaper outlives us. */
export async function startContainerServers(): Promise<TestServers> {
  const { GenericContainer, Wait } = await import("testcontainers");
  const images = imageVersions();
  const [kafkaPort = 0] = await freePorts(1);
  const password = "alexandrite";
  const accessKeyId = "alexandrite";
  const secretAccessKey = "alexandrite-secret";
  const started = await Promise.allSettled([
    new GenericContainer(image(images, "POSTGRES_IMAGE"))
      .withEnvironment({ POSTGRES_PASSWORD: password })
      .withCommand([
        "postgres",
        "-c",
        "max_connections=300",
        "-c",
        "fsync=off",
        "-c",
        "synchronous_commit=off",
      ])
      .withTmpFs({ "/var/lib/postgresql": "rw" })
      .withExposedPorts(5432)
      .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
      .start(),
    new GenericContainer(image(images, "KAFKA_IMAGE"))
      .withEnvironment(kafkaEnvironment(kafkaPort))
      .withExposedPorts({ container: 9092, host: kafkaPort })
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
      .start(),
    new GenericContainer(image(images, "VERSITYGW_IMAGE"))
      .withEnvironment({ ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey })
      .withEntrypoint([
        "/bin/sh",
        "-c",
        "mkdir -p /data/models && exec versitygw --port :7070 --health /healthz posix /data",
      ])
      .withExposedPorts(7070)
      .withWaitStrategy(Wait.forHttp("/healthz", 7070))
      .start(),
  ]);
  const containers = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(containers.map((container) => container.stop({ remove: true, removeVolumes: true })));
  };
  const failed = started.find((result) => result.status === "rejected");
  const [postgres, , s3] = containers;
  if (failed || !postgres || !s3) {
    await stop();
    throw failed?.reason ?? new Error("a container did not start");
  }
  await createTopics(kafkaPort, []);
  return {
    env: {
      TEST_POSTGRES_URL: `postgres://postgres:${password}@127.0.0.1:${postgres.getMappedPort(5432)}/postgres`,
      TEST_KAFKA_BROKERS: `127.0.0.1:${kafkaPort}`,
      TEST_S3_ENDPOINT: `http://127.0.0.1:${s3.getMappedPort(7070)}`,
      TEST_S3_ACCESS_KEY_ID: accessKeyId,
      TEST_S3_SECRET_ACCESS_KEY: secretAccessKey,
    },
    stop,
  };
}

function kafkaEnvironment(port: number): Record<string, string> {
  return {
    KAFKA_NODE_ID: "1",
    KAFKA_PROCESS_ROLES: "broker,controller",
    KAFKA_LISTENERS: "PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093",
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    KAFKA_CONTROLLER_QUORUM_VOTERS: "1@127.0.0.1:9093",
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "1",
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: "4",
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: "1",
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: "1",
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: "0",
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: "false",
    KAFKA_HEAP_OPTS: "-Xmx256m",
  };
}

/** The image versions of docker-compose.yml, from the one file that pins them. */
function imageVersions(): Map<string, string> {
  const lines = readFileSync(join(process.cwd(), ".env"), "utf8").split("\n");
  return new Map(
    lines.flatMap((line) =>
      /^\w+=/.test(line) ? [[line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1)]] : [],
    ),
  );
}

function image(images: Map<string, string>, name: string): string {
  const value = images.get(name);
  if (!value) throw new Error(`.env names no ${name}`);
  return value;
}
