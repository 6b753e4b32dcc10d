import { Client } from "pg";
import { databaseUrl } from "../../order/databases";
import type { Act, Site } from "../types";

/** Holds a lock that lets nobody read or write the tables, in an open transaction. */
export function lockTables(database: string, ...tables: string[]): Act {
  return async (site, undo) => {
    const client = await connect(site, database);
    undo.add(`give up the lock on ${tables.join(", ")} of ${database}`, () => client.end());
    await client.query("BEGIN");
    await client.query(`LOCK TABLE ${tables.join(", ")} IN ACCESS EXCLUSIVE MODE`);
  };
}

/** Takes all of an outbox's leases away for ten minutes, as a relay would that holds on to them and does nothing. */
export function takeOutboxLeases(database: string): Act {
  return async (site, undo) => {
    undo.add(`give the leases of ${database}'s outbox back`, () =>
      once(
        site,
        database,
        "UPDATE outbox_lease SET holder = NULL, expires_at = '-infinity' WHERE holder = 'drill'",
      ),
    );
    await once(
      site,
      database,
      "UPDATE outbox_lease SET holder = 'drill', epoch = epoch + 1, expires_at = clock_timestamp() + interval '10 minutes'",
    );
  };
}

/** One statement on a connection of its own. */
export async function once(site: Site, database: string, statement: string): Promise<void> {
  const client = await connect(site, database);
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Whoever looks after the databases, not their service. */
export async function connect({ settings }: Site, database: string): Promise<Client> {
  const client = new Client({
    connectionString: databaseUrl(settings, database),
    connectionTimeoutMillis: 5_000,
    application_name: "drill",
  });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
