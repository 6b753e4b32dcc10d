import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import type { Backend } from "../../stack/backends/backend";
import { kafkaBackend } from "../../stack/backends/kafka";
import { postgresBackend, postgresUrl } from "../../stack/backends/postgres";
import { freePorts } from "../../stack/ports";
import { ensureKafka } from "../../stack/tools/kafka";
import { findPostgres } from "../../stack/tools/postgres";

/** A PostgreSQL and a broker of a benchmark's own, in a temporary folder. */
export type EventServers = {
  readonly brokers: string;
  /** Makes an empty database; its URL. */
  createDatabase(name: string): Promise<string>;
  /** Ends the broker with SIGKILL; what it had acknowledged is in its folder. */
  killBroker(): Promise<void>;
  /** Starts it again on the same port and folder; resolves when it answers. */
  startBroker(): Promise<void>;
  stop(): Promise<void>;
};

/** `durable`: whether PostgreSQL writes through to the disk as in production. */
export async function startEventServers({ durable = true } = {}): Promise<EventServers> {
  const folder = await mkdtemp(join(tmpdir(), "alexandrite-events-"));
  await chmod(folder, 0o711);
  const [postgresPort = 0, kafkaPort = 0, controllerPort = 0] = await freePorts(3);
  const options = {
    tool: findPostgres(),
    folder: join(folder, "postgres"),
    port: postgresPort,
    password: "alexandrite",
    maxConnections: 100,
    durable,
  };
  const tool = await ensureKafka();
  const kafka = kafkaBackend({ tool, folder: join(folder, "kafka"), port: kafkaPort, controllerPort });
  const postgres = postgresBackend(options);
  const running = await Promise.all([start(postgres), start(kafka)]);
  const database = running[0];
  let broker: ChildProcess | undefined = running[1];

  async function killBroker(): Promise<void> {
    const child = broker;
    broker = undefined;
    if (child) await end(child, "SIGKILL");
  }

  return {
    brokers: `127.0.0.1:${kafkaPort}`,
    async createDatabase(name) {
      const client = new Client({ connectionString: postgresUrl(options, "postgres") });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return postgresUrl(options, name);
    },
    killBroker,
    async startBroker() {
      broker = launch(kafka);
      await answers(kafka);
    },
    async stop() {
      await killBroker();
      await end(database, "SIGINT");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function start(backend: Backend): Promise<ChildProcess> {
  await backend.prepare();
  const child = launch(backend);
  await answers(backend);
  return child;
}

/** A backend's own patience is one minute; a machine that is busy with a benchmark may need more. */
async function answers(backend: Backend): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await backend.ready();
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}

/** It does not outlive this process, unless that is killed. */
function launch({ spec: { command, args, env, cwd, user } }: Backend): ChildProcess {
  const child = spawn(command, args, { env, cwd, stdio: "ignore", ...user });
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}
