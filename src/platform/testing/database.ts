import { createHash, randomBytes } from "node:crypto";
import { Client } from "pg";
import type { ServiceHost } from "../lifecycle";
import {
  openDatabase,
  postgresConfig,
  type Database,
  type Migration,
  type PostgresConfig,
} from "../postgres";
import { defineConfig } from "../config";
import { createTestHost } from "./host";
import { testServer } from "./servers";

/** A database of its own on the shared server. */
export type TestDatabase = {
  readonly name: string;
  readonly url: string;
  /** For `openDatabase`, or a service's `config.postgres`. */
  readonly config: PostgresConfig;
  /** Opens it with the migrations it was made from; `host.own` closes it. */
  open(host: ServiceHost): Promise<Database>;
  /** Drops it, ending what is still connected. Call it in `afterAll`. */
  drop(): Promise<void>;
};

/** Names the template's lock; the number is only not to be used otherwise on that server. */
const lockId = 901_225_441;

/**
 * Makes a database for one test file: a copy of a template that was migrated once per set of migrations (kept on the server for later runs).
 * The server is that of `TEST_POSTGRES_URL`, which jest's global set-up provides.
 */
export async function testDatabase(migrations: readonly Migration[]): Promise<TestDatabase> {
  const server = testServer("TEST_POSTGRES_URL");
  const name = `test_${randomBytes(6).toString("hex")}`;
  await asAdmin(server, async (admin) => {
    const template = await migratedTemplate(admin, server, migrations);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  const config = configFor(server, name);
  return {
    name,
    url: config.url,
    config,
    open: (host) => host.own(openDatabase(host, config, { migrations })),
    drop: () =>
      asAdmin(
        server,
        async (admin) => void (await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
      ),
  };
}

async function migratedTemplate(
  admin: Client,
  server: string,
  migrations: readonly Migration[],
): Promise<string> {
  const digest = createHash("sha256").update(JSON.stringify(migrations)).digest("hex").slice(0, 16);
  const template = `template_${digest}`;
  await admin.query("SELECT pg_advisory_lock($1)", [lockId]);
  try {
    const { rowCount } = await admin.query("SELECT 1 FROM pg_database WHERE datname = $1", [template]);
    if (rowCount === 0) await buildTemplate(admin, server, template, migrations);
  } finally {
    await admin.query("SELECT pg_advisory_unlock($1)", [lockId]);
  }
  return template;
}

/** Gets its name last, so that one left half-made by a killed run is never copied. */
async function buildTemplate(
  admin: Client,
  server: string,
  template: string,
  migrations: readonly Migration[],
): Promise<void> {
  const building = `${template}_new`;
  await admin.query(`DROP DATABASE IF EXISTS ${building} WITH (FORCE)`);
  await admin.query(`CREATE DATABASE ${building}`);
  const host = createTestHost("template");
  try {
    await host.own(openDatabase(host, configFor(server, building), { migrations }));
  } finally {
    await host.close();
  }
  await admin.query(`ALTER DATABASE ${building} RENAME TO ${template}`);
}

function configFor(server: string, name: string): PostgresConfig {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return defineConfig({ postgres: postgresConfig })({
    DATABASE_URL: url.href,
    DATABASE_START_TIMEOUT_MS: "10000",
  }).postgres;
}

async function asAdmin<T>(server: string, fn: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: server });
  await admin.connect();
  try {
    return await fn(admin);
  } finally {
    await admin.end();
  }
}
