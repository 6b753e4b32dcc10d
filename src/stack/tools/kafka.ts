import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needCommand, run } from "../command";
import { PlainError } from "../plain-error";
import { freePorts } from "../ports";
import { ensureTool } from "./cache";
import { archiveClasses } from "./kafka-archive";
import { serverProperties } from "./kafka-properties";

const version = "4.3.0";
/** slf4j-simple writes to standard error; a time in front lets `make logs` merge the lines. */
const logging = [
  "-Duser.timezone=UTC",
  "-Dorg.slf4j.simpleLogger.showDateTime=true",
  "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
  "-Dorg.slf4j.simpleLogger.showThreadName=false",
  "-Dorg.slf4j.simpleLogger.showShortLogName=true",
];

/** What a broker is started with: the jars, options that make this start fast and small, and a formatted folder to copy. */
export type KafkaTool = { java: string; options: string[]; bootstrapCheckpoint: string };

/**
 * Apache Kafka from Maven Central, prepared once per version of Kafka and Java: its jars; the metadata checkpoint that
 * `StorageTool format` writes (so that a new broker needs no second JVM); a class archive that halves the start.
 */
export async function ensureKafka(onLine: (line: string) => void = () => {}): Promise<KafkaTool> {
  needCommand("java", "run Apache Kafka", "apt-get install openjdk-17-jre-headless");
  const libs = await ensureTool("kafka", version, (folder) => downloadJars(folder, onLine));
  const jars = (await readdir(libs)).filter((name) => name.endsWith(".jar")).sort();
  const classPath = jars.map((name) => join(libs, name)).join(":");
  const memory = ["-Xmx256m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classPath];
  const java = await javaVersion();
  if (Number.parseInt(java, 10) < 17) {
    throw new PlainError(
      `Java ${java} is too old for Apache Kafka: install version 17 or newer (apt-get install openjdk-17-jre-headless).`,
    );
  }
  const prepared = await ensureTool("kafka-prepared", `${version}-java${java}`, async (folder) => {
    onLine("formatting");
    await format(folder, memory);
    onLine("archiving classes for a faster start");
    await archiveClasses(folder, memory);
  });
  const archive = [
    `-XX:SharedArchiveFile=${join(prepared, "kafka.jsa")}`,
    "-Xshare:auto",
    "-Xlog:cds=off",
    "-Xlog:cds+dynamic=off",
  ];
  return {
    java: "java",
    options: [...archive, ...logging, ...memory],
    bootstrapCheckpoint: join(prepared, "bootstrap.checkpoint"),
  };
}

async function downloadJars(folder: string, onLine: (line: string) => void): Promise<void> {
  needCommand("mvn", "download Apache Kafka", "apt-get install maven");
  const work = await mkdtemp(join(tmpdir(), "alexandrite-kafka-"));
  try {
    await writeFile(join(work, "pom.xml"), pom());
    const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
    await run("mvn", ["-B", "-ntp", "-q", "-f", join(work, "pom.xml"), goal, `-DoutputDirectory=${folder}`], {
      onLine,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function pom(): string {
  const dependency = (group: string, artifact: string, wanted: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${wanted}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>alexandrite</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging><dependencies>
${dependency("org.apache.kafka", "kafka_2.13", version)}
${dependency("org.slf4j", "slf4j-simple", "1.7.36")}
</dependencies></project>\n`;
}

async function javaVersion(): Promise<string> {
  const output = await run("java", ["-version"]);
  return /version "([^"]+)"/.exec(output)?.[1]?.replace(/[^\w.]/g, "_") ?? "unknown";
}

async function format(folder: string, memory: string[]): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "alexandrite-kafka-"));
  try {
    const [port = 0, controllerPort = 0] = await freePorts(2);
    const properties = join(work, "server.properties");
    await writeFile(properties, serverProperties({ port, controllerPort, folder: join(work, "data") }));
    const clusterId = Buffer.from("alexandrite-fmt!").toString("base64url");
    await run("java", [...memory, "kafka.tools.StorageTool", "format", "-t", clusterId, "-c", properties]);
    await copyFile(join(work, "data", "bootstrap.checkpoint"), join(folder, "bootstrap.checkpoint"));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
