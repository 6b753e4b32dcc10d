import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { postgresBackend, postgresUrl } from "../stack/backends/postgres";
import { freePorts } from "../stack/ports";
import { findPostgres } from "../stack/tools/postgres";

/** A database of a benchmark's own; `stop` drops it, and ends the server when it was started for it. */
export type BenchServer = { url: string; stop(): Promise<void> };

/** Makes an empty database on the server of `given`, a superuser's URL, or on one that is started on a free port in a temporary folder. */
export async function startBenchDatabase(given = process.env["BENCH_POSTGRES_URL"]): Promise<BenchServer> {
  const server = given ? { url: given, stop: async () => {} } : await startPostgres();
  const url = new URL(server.url);
  const name = `bench_${process.pid}`;
  url.pathname = `/${name}`;
  await inDatabase(server.url, `CREATE DATABASE ${name}`);
  return {
    url: url.href,
    async stop() {
      await inDatabase(server.url, `DROP DATABASE ${name} WITH (FORCE)`);
      await server.stop();
    },
  };
}

/** Runs statements one after the other. */
export async function inDatabase(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function startPostgres(): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), "alexandrite-bench-"));
  await chmod(folder, 0o711);
  const [port = 0] = await freePorts(1);
  const options = {
    tool: findPostgres(),
    folder: join(folder, "postgres"),
    port,
    password: "alexandrite",
    maxConnections: 100,
    durable: false,
  };
  const backend = postgresBackend(options);
  await backend.prepare();
  const { command, args, env, cwd, user } = backend.spec;
  const child = spawn(command, args, { env, cwd, stdio: "ignore", ...user });
  await backend.ready();
  return {
    url: postgresUrl(options, "postgres"),
    async stop() {
      child.kill("SIGINT");
      await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
