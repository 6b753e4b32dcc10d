import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../ports";
import { serverProperties } from "./kafka-properties";
import { metaProperties } from "./kafka-storage";

/**
 * Starts a broker once, stops it, and lets the JVM write the classes it loaded to `kafka.jsa` (JEP 350). Measured: a
 * start takes 3 s instead of 6 s and 50 MB less. The archive holds for this class path and this Java only.
 */
export async function archiveClasses(folder: string, memory: string[]): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "alexandrite-kafka-"));
  try {
    const [port = 0, controllerPort = 0] = await freePorts(2);
    const data = join(work, "data");
    await mkdir(data);
    await copyFile(join(folder, "bootstrap.checkpoint"), join(data, "bootstrap.checkpoint"));
    await writeFile(join(data, "meta.properties"), metaProperties());
    await writeFile(
      join(work, "server.properties"),
      serverProperties({ port, controllerPort, folder: data }),
    );
    const archive = `-XX:ArchiveClassesAtExit=${join(folder, "kafka.jsa")}`;
    await startAndStop([archive, ...memory, "kafka.Kafka", join(work, "server.properties")]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function startAndStop(args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("java", args, { stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), 120_000);
    let output = "";
    const take = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
      if (output.includes("Kafka Server started")) child.kill("SIGTERM");
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      if (output.includes("Kafka Server started")) resolve();
      else
        reject(new Error(`Apache Kafka did not start:\n${output.trim().split("\n").slice(-12).join("\n")}`));
    });
  });
}
