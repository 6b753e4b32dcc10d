import { Client } from "pg";
import { databasePassword } from "../../stack/secrets";
import type { Settings } from "../../stack/settings";

export type Row = Record<string, unknown>;

/** Where a service's database is: as the service's own environment says, else where the local system has it. */
export function databaseUrl(settings: Settings, database: string): string {
  const url = new URL(`postgres://postgres@127.0.0.1:${settings.ports.postgres}/${database}`);
  url.password = databasePassword;
  return process.env[`${database.toUpperCase()}_DATABASE_URL`] ?? url.href;
}

/** Reads one service's database as whoever looks after the system may; a database that does not answer yields the reason instead of rows. */
export async function readDatabase(
  settings: Settings,
  database: string,
  queries: Readonly<Record<string, { text: string; values: unknown[] }>>,
): Promise<Record<string, Row[]> | string> {
  const client = new Client({
    connectionString: databaseUrl(settings, database),
    connectionTimeoutMillis: 3_000,
  });
  try {
    await client.connect();
    const found: Record<string, Row[]> = {};
    for (const [name, { text, values }] of Object.entries(queries)) {
      found[name] = (await client.query<Row>(text, values)).rows;
    }
    return found;
  } catch (error) {
    return (error as Error).message || "no answer";
  } finally {
    await client.end().catch(() => undefined);
  }
}
