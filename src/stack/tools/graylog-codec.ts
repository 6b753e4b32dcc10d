import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { needCommand, run } from "../command";
import { ensureTool } from "./cache";

const version = "6.3.7";
const source = join(__dirname, "../../../src/platform/telemetry/testing/gelf-codec");

/** What Graylog makes of one frame: the message's fields, or why it refuses it. */
export type DecodedFrame = { fields?: Record<string, unknown>; error?: string };

/** Graylog's own GELF decoder. */
export type GraylogCodec = {
  /** Decodes what a GELF TCP connection carried, frame by frame in order. */
  decode(stream: Buffer): Promise<DecodedFrame[]>;
};

/**
 * `org.graylog2.inputs.codecs.GelfCodec` of graylog2-server 6.3.7, the newest that runs on Java 17, with the jars that it needs and a small program
 * around it. Downloaded from Maven Central and compiled the first time: 60 MB, measured 25 s. Throws one sentence when Maven or a JDK is missing.
 */
export async function ensureGraylogCodec(onLine?: (line: string) => void): Promise<GraylogCodec> {
  needCommand("java", "run Graylog's GELF decoder", "apt-get install openjdk-17-jdk-headless");
  const program = join(source, "DecodeGelf.java");
  const pom = join(source, "pom.xml");
  const libs = await ensureTool("graylog-codec", `${version}-${digest(pom)}`, async (folder) => {
    needCommand("mvn", "download Graylog's GELF decoder", "apt-get install maven");
    const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
    await run("mvn", ["-B", "-ntp", "-q", "-f", pom, goal, `-DoutputDirectory=${folder}`], { onLine });
  });
  const classes = await ensureTool(
    "graylog-codec",
    `${version}-program-${digest(program)}`,
    async (folder) => {
      needCommand("javac", "compile the test's Java program", "apt-get install openjdk-17-jdk-headless");
      await run("javac", ["--release", "17", "-cp", join(libs, "*"), "-d", folder, program], { onLine });
    },
  );
  return { decode: (stream) => decode([classes, join(libs, "*")].join(":"), stream) };
}

function digest(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 12);
}

function decode(classPath: string, stream: Buffer): Promise<DecodedFrame[]> {
  return new Promise((resolve, reject) => {
    const options = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
    const child = spawn("java", [...options, "-cp", classPath, "DecodeGelf"], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const printed: Buffer[] = [];
    let complaints = "";
    child.stdout.on("data", (chunk: Buffer) => printed.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString("utf8")));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`Graylog's decoder ended with code ${code}:\n${complaints}`));
      const lines = Buffer.concat(printed).toString("utf8").split("\n").filter(Boolean);
      resolve(lines.map((line) => JSON.parse(line) as DecodedFrame));
    });
    // A program that ends early has said why on standard error.
    child.stdin.on("error", () => undefined);
    child.stdin.end(stream);
  });
}
