import { Client } from "pg";
import { InvalidArgumentError } from "commander";

/** The services that consume events, with the URL of each one's database. */
export type ServiceUrls = Readonly<Record<string, string>>;

export type LetterId = { service: string; id: number };

/** `shop:17`. */
export function parseLetterId(text: string, services: readonly string[]): LetterId {
  const [, service, id] = /^([a-z]+):(\d{1,15})$/.exec(text) ?? [];
  if (service === undefined || !services.includes(service))
    throw new InvalidArgumentError(
      `An id is a service and a number, as the list shows it: ${services.map((each) => `${each}:17`).join(", ")}.`,
    );
  return { service, id: Number(id) };
}

/** Runs `use` on a service's database. Throws with the service's name when it cannot be reached. */
export async function inService<T>(
  urls: ServiceUrls,
  service: string,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: urls[service], connectionTimeoutMillis: 3_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await use(client);
  } catch (error) {
    if (error instanceof DlqError) throw error;
    throw new DlqError(
      `The database of ${service} could not be asked: ${(error as Error).message || "no answer"}.`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What the user is told in one line. */
export class DlqError extends Error {
  override readonly name = "DlqError";
}
