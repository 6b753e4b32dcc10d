import { Client } from "pg";
import { asDatabaseError } from "./errors";
import { rowTypes } from "./row-types";

/** One connection that looks at a server from outside: not traced, not measured, and no reason for a service not to be ready. */
export type Monitor = {
  /** Runs a statement after those that were asked for before it; connects when there is no connection. Errors: AppError unavailable when the server does not answer within `timeoutMs`. */
  query<R extends object>(text: string, values?: unknown[]): Promise<R[]>;
  close(): Promise<void>;
};

/** Opens a monitor, which connects at its first statement and again after a failure. `timeoutMs` bounds connecting and each statement; default 4,000: a server that is busy is not down. */
export function openMonitor(url: string, { timeoutMs = 4_000 }: { timeoutMs?: number } = {}): Monitor {
  const database = decodeURIComponent(new URL(url).pathname.slice(1));
  let connection: Promise<Client> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function connect(): Promise<Client> {
    const client = new Client({
      connectionString: url,
      application_name: "monitor",
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs + 500,
      types: rowTypes,
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    return client;
  }

  async function ask<R extends object>(text: string, values: unknown[]): Promise<R[]> {
    const using = (connection ??= connect());
    try {
      return (await (await using).query<R>(text, values)).rows;
    } catch (error) {
      // Whatever failed: the next statement begins with a connection that is known to be good.
      if (connection === using) connection = undefined;
      void using.then((client) => client.end()).catch(() => undefined);
      throw asDatabaseError(error, database);
    }
  }

  return {
    query<R extends object>(text: string, values: unknown[] = []) {
      const answer = last.then(() => ask<R>(text, values));
      last = answer.catch(() => undefined);
      return answer;
    },
    async close() {
      const using = connection;
      connection = undefined;
      await using?.then((client) => client.end()).catch(() => undefined);
    },
  };
}
