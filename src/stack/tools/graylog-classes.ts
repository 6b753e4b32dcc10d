import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { needCommand, run } from "../command";
import { ensureTool } from "./cache";

const version = "6.3.7";
const pom = join(__dirname, "../../../src/platform/telemetry/testing/gelf-codec/pom.xml");

/** A small program around Graylog's own classes. */
export type GraylogProgram = {
  /** Gives it what to read, waits until it ends, and returns the lines that it printed. */
  run(input: Buffer | string): Promise<string[]>;
};

/**
 * A Java program of ours, one file, with the classes of graylog2-server 6.3.7, the newest that runs on Java 17, and the jars that they need. Downloaded from
 * Maven Central and compiled the first time: 60 MB, measured 25 s. Throws one sentence when Maven or a JDK is missing.
 */
export async function ensureGraylogProgram(
  program: string,
  onLine?: (line: string) => void,
): Promise<GraylogProgram> {
  needCommand("java", "run Graylog's own classes", "apt-get install openjdk-17-jdk-headless");
  const libs = await ensureTool("graylog-codec", `${version}-${digest(pom)}`, async (folder) => {
    needCommand("mvn", "download Graylog's classes", "apt-get install maven");
    const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
    await run("mvn", ["-B", "-ntp", "-q", "-f", pom, goal, `-DoutputDirectory=${folder}`], { onLine });
  });
  const classes = await ensureTool(
    "graylog-codec",
    `${version}-program-${digest(program)}`,
    async (folder) => {
      needCommand("javac", "compile the test's Java program", "apt-get install openjdk-17-jdk-headless");
      const options = ["--release", "17", "-proc:none", "-cp", join(libs, "*"), "-d", folder];
      await run("javac", [...options, program], { onLine });
    },
  );
  const main = basename(program, ".java");
  return { run: (input) => runJava([classes, join(libs, "*")].join(":"), main, input) };
}

function digest(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 12);
}

function runJava(classPath: string, main: string, input: Buffer | string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const options = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
    const child = spawn("java", [...options, "-cp", classPath, main], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const printed: Buffer[] = [];
    let complaints = "";
    child.stdout.on("data", (chunk: Buffer) => printed.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString("utf8")));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`${main} ended with code ${code}:\n${complaints}`));
      resolve(Buffer.concat(printed).toString("utf8").split("\n").filter(Boolean));
    });
    // A program that ends early has said why on standard error.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
