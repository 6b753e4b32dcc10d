import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { postgresBackend, postgresUrl } from "../../stack/backends/postgres";
import { freePorts } from "../../stack/ports";
import { findPostgres } from "../../stack/tools/postgres";

export type BenchServer = { url: string; stop(): Promise<void> };

/** Takes the server of `BENCH_POSTGRES_URL`, a superuser's URL, or starts one on a free port in a temporary folder; makes a database with a table of 1,000 rows. */
export async function startServer(): Promise<BenchServer> {
  const given = process.env["BENCH_POSTGRES_URL"];
  const server = given ? { url: given, stop: async () => {} } : await startPostgres();
  const url = new URL(server.url);
  const name = `bench_${process.pid}`;
  url.pathname = `/${name}`;
  await inDatabase(server.url, `CREATE DATABASE ${name}`);
  await inDatabase(
    url.href,
    "CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL, price_minor int NOT NULL)",
    "INSERT INTO item SELECT id, 'item ' || id, id * 10 FROM generate_series(0, 999) AS id",
    "VACUUM ANALYZE item",
  );
  return {
    url: url.href,
    async stop() {
      await inDatabase(server.url, `DROP DATABASE ${name} WITH (FORCE)`);
      await server.stop();
    },
  };
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

async function inDatabase(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
