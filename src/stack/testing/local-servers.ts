import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend } from "../backends/backend";
import { kafkaBackend } from "../backends/kafka";
import { postgresBackend, postgresUrl } from "../backends/postgres";
import { s3Backend } from "../backends/s3";
import { freePorts } from "../ports";
import { ensureKafka } from "../tools/kafka";
import { findPostgres } from "../tools/postgres";
import { ensureVersitygw } from "../tools/versitygw";
import { startReaper, type Reaper } from "./reaper";
import type { TestServers } from "./test-servers";

/**
 * PostgreSQL, Kafka and S3 as processes on free ports, with a temporary folder. A reaper outside our process group ends
 * them and deletes the folder when `stop` is called, or when this process dies in whatever way.
 */
export async function startLocalServers(): Promise<TestServers> {
  const folder = await mkdtemp(join(tmpdir(), "alexandrite-test-"));
  await chmod(folder, 0o711);
  const reaper = startReaper(folder);
  try {
    const [postgresPort = 0, kafkaPort = 0, controllerPort = 0, s3Port = 0] = await freePorts(4);
    const password = "alexandrite";
    const accessKeyId = "alexandrite";
    const secretAccessKey = "alexandrite-secret";
    await Promise.all([
      start(folder, reaper, async () =>
        postgresBackend({
          tool: findPostgres(),
          folder: join(folder, "postgres"),
          port: postgresPort,
          password,
          maxConnections: 300,
          durable: false,
        }),
      ),
      start(folder, reaper, async () =>
        kafkaBackend({
          tool: await ensureKafka(),
          folder: join(folder, "kafka"),
          port: kafkaPort,
          controllerPort,
        }),
      ),
      start(folder, reaper, async () =>
        s3Backend({
          versitygw: await ensureVersitygw(),
          folder: join(folder, "s3"),
          port: s3Port,
          accessKeyId,
          secretAccessKey,
          buckets: ["models"],
        }),
      ),
    ]);
    const env = {
      TEST_POSTGRES_URL: postgresUrl({ port: postgresPort, password }, "postgres"),
      TEST_KAFKA_BROKERS: `127.0.0.1:${kafkaPort}`,
      TEST_S3_ENDPOINT: `http://127.0.0.1:${s3Port}`,
      TEST_S3_ACCESS_KEY_ID: accessKeyId,
      TEST_S3_SECRET_ACCESS_KEY: secretAccessKey,
    };
    return { env, stop: () => reaper.stop() };
  } catch (error) {
    await reaper.stop();
    throw error;
  }
}

async function start(folder: string, reaper: Reaper, create: () => Promise<Backend>): Promise<void> {
  const backend = await create();
  await backend.prepare();
  const { spec } = backend;
  const path = join(folder, `${spec.name}.log`);
  const log = openSync(path, "a");
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    stdio: ["ignore", log, log],
    ...spec.user,
  });
  closeSync(log);
  if (child.pid !== undefined) reaper.watch(child.pid, spec.name === "postgres" ? "QUIT" : "KILL");
  child.unref();
  await Promise.race([backend.ready(), exited(child, spec.name, path)]);
}

function exited(child: ChildProcess, name: string, log: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      const tail = readFileSync(log, "utf8").trim().split("\n").slice(-8).join("\n");
      reject(new Error(`The test server ${name} ended with ${signal ?? `code ${code}`}:\n${tail}`));
    });
  });
}
