import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { System } from "../../e2e/system";
import { postgresUrl } from "../../stack/backends/postgres";
import { databasePassword } from "../../stack/secrets";
import type { CustomerDoor } from "../../tools/demo/customer-door";

/** How often somebody is asked whether they serve again, in milliseconds, and how long one answer may take. */
const lookMs = 25;
const answerMs = 2_000;

export type Probes = Readonly<Record<string, () => Promise<unknown>>>;

/** A call that needs the database, through each door that has one; MES's public door is asked to write. */
export async function openProbes(system: System, customer: CustomerDoor): Promise<Probes> {
  const { staff, settings } = system;
  const { ports } = settings;
  const { orderId } = await customer.create(randomUUID(), 1);
  return {
    shop: () => customer.get(orderId),
    mes: () => customer.create(randomUUID(), 1),
    "mes-operator": () => staff.inMes(orderId),
    crm: () => staff.inCrm(orderId),
    "mes-worker": () => ok(`http://127.0.0.1:${ports.mesWorkerAdmin}/readyz`),
    products: () => ok(`http://127.0.0.1:${ports.products}/v1/products?skus=562553736`),
    payments: () => ok(`http://127.0.0.1:${ports.payments}/v1/ledger?reference=${orderId}`),
  };
}

/** Waits until Postgres takes a connection and answers a query. */
export async function untilPostgresAnswers(system: System, patienceMs = 60_000): Promise<void> {
  const port = system.settings.ports.postgres;
  const connectionString = postgresUrl({ port, password: databasePassword }, "postgres");
  await eventually(
    async () => {
      const client = new Client({ connectionString, connectionTimeoutMillis: answerMs });
      client.on("error", () => undefined);
      try {
        await client.connect();
        await client.query("select 1");
      } finally {
        await client.end().catch(() => undefined);
      }
    },
    patienceMs,
    "Postgres",
  );
}

/** Waits until every probe has succeeded once; how long each took, in milliseconds. */
export async function untilServing(probes: Probes, patienceMs = 60_000): Promise<Record<string, number>> {
  const startedAt = performance.now();
  const times = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => {
      await eventually(probe, patienceMs, name);
      return [name, performance.now() - startedAt] as const;
    }),
  );
  return Object.fromEntries(times);
}

async function eventually(probe: () => Promise<unknown>, patienceMs: number, what: string): Promise<void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      // A call that hangs does not keep the next one from being made.
      await Promise.race([probe(), late()]);
      return;
    } catch (error) {
      if (performance.now() > until)
        throw new Error(`${what} does not answer after ${patienceMs} ms.`, { cause: error });
      await sleep(lookMs);
    }
  }
}

async function late(): Promise<never> {
  await sleep(answerMs, undefined, { ref: false });
  throw new Error(`No answer within ${answerMs} ms.`);
}

async function ok(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(answerMs) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}
