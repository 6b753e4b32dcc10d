import { randomBytes } from "node:crypto";
import { chownSync, existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { run } from "../command";
import { fingerprint } from "../fingerprint";
import type { PostgresTool } from "../tools/postgres";
import { unprivileged } from "../tools/unprivileged";
import { eventually, type Backend } from "./backend";

export type PostgresOptions = {
  tool: PostgresTool;
  folder: string;
  port: number;
  password: string;
  maxConnections: number;
  /** False gives up all durability for speed: for tests. */
  durable: boolean;
};

export function postgresUrl(
  options: { port: number; password: string },
  database: string,
  user = "postgres",
): string {
  return `postgres://${user}:${options.password}@127.0.0.1:${options.port}/${database}`;
}

/** PostgreSQL 18 on 127.0.0.1 with pg_stat_statements loaded; the superuser is `postgres`. */
export function postgresBackend(options: PostgresOptions): Backend {
  const { tool, folder, port } = options;
  const as = unprivileged([tool.postgres, dirname(folder)]);
  const [command, args] = as.wrap(tool.postgres, ["-D", folder, ...settings(options)]);
  return {
    spec: {
      name: "postgres",
      command,
      args,
      env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C", TZ: "UTC" },
      cwd: "/",
      stopSignal: "SIGINT",
      stopMs: 30_000,
      stage: 0,
      ports: [port],
      ready: { kind: "none" },
      user: as.user,
      fingerprint: fingerprint([command, ...args]),
    },
    prepare: () => initialise(options),
    ready: () => eventually(30_000, () => postgresAnswers(options)),
  };
}

/** Resolves when it takes a connection and answers a query. */
export function postgresAnswers(options: { port: number; password: string }): Promise<void> {
  return inDatabase(postgresUrl(options, "postgres"), "select 1");
}

function settings({ port, maxConnections, durable }: PostgresOptions): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: maxConnections,
    shared_buffers: "64MB",
    max_wal_size: "512MB",
    shared_preload_libraries: "pg_stat_statements",
    jit: "off",
    log_line_prefix: "%m [%p] %q%u@%d ",
    log_min_duration_statement: 500,
    track_io_timing: "on",
    timezone: "UTC",
    ...(durable
      ? {}
      : { fsync: "off", synchronous_commit: "off", full_page_writes: "off", autovacuum: "off" }),
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** Makes the database folder unless it is there; whole or not at all. */
async function initialise({ tool, folder, password, durable }: PostgresOptions): Promise<void> {
  if (existsSync(join(folder, "PG_VERSION"))) return;
  const temporary = `${folder}.new`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const secret = await mkdtemp(join(tmpdir(), "alexandrite-pg-"));
  const passwordFile = join(secret, randomBytes(4).toString("hex"));
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (process.getuid?.() === 0)
      for (const path of [secret, passwordFile, temporary]) chownSync(path, 65534, 65534);
    const as = unprivileged([tool.initdb, dirname(folder), secret]);
    const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
    const access = ["--username=postgres", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
    const [command, args] = as.wrap(tool.initdb, [
      "-D",
      temporary,
      ...locale,
      ...access,
      ...(durable ? [] : ["--no-sync"]),
    ]);
    await run(command, args, { cwd: "/", env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C" }, ...as.user });
  } finally {
    await rm(secret, { recursive: true, force: true });
  }
  await rename(temporary, folder);
}

/** Creates each database with an owner of the same name who is the only one to enter it, and the role that monitors them all; idempotent. */
export async function createDatabases(
  options: { port: number; password: string },
  names: readonly string[],
): Promise<void> {
  const admin = await connect(postgresUrl(options, "postgres"));
  try {
    for (const name of names) {
      const role = await admin.query("select 1 from pg_roles where rolname = $1", [name]);
      if (role.rowCount === 0) await admin.query(`create role ${name} login password '${options.password}'`);
      const database = await admin.query("select 1 from pg_database where datname = $1", [name]);
      if (database.rowCount === 0) await admin.query(`create database ${name} owner ${name}`);
      await admin.query(`revoke connect on database ${name} from public`);
      await inDatabase(postgresUrl(options, name), "create extension if not exists pg_stat_statements");
    }
    await createMonitor(admin, options.password);
  } finally {
    await admin.end();
  }
}

/** Who may look at all of the server's figures, from the database `postgres`, and at nobody's rows. */
export const monitorRole = "monitor";

async function createMonitor(admin: Client, password: string): Promise<void> {
  const role = await admin.query("select 1 from pg_roles where rolname = $1", [monitorRole]);
  if (role.rowCount === 0) await admin.query(`create role ${monitorRole} login password '${password}'`);
  await admin.query(`grant pg_monitor to ${monitorRole}`);
  await admin.query("create extension if not exists pg_stat_statements");
}

async function inDatabase(url: string, statement: string): Promise<void> {
  const client = await connect(url);
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on("error", () => {});
  await client.connect();
  return client;
}
