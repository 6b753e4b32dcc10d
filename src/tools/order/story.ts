import type { Settings } from "../../stack/settings";
import { readDatabase, type Row } from "./databases";

/** Everything that is known of an order, by who knows it. A text is why somebody could not be asked. */
export type Story = {
  states: { service: string; row: Row | string | undefined }[];
  events: Row[];
  payment: { intents: Row[] | string; ledger: Row | string };
  pricing: Row[] | string;
  traces: Row[] | string;
};

const state = "SELECT version, status, updated_at, owner_id FROM orders WHERE order_id = $1";
const waiting = "SELECT version, parked_at FROM parked_message WHERE key = $1 ORDER BY version";
/** Who published an event where: only the service that made it has it in its outbox. */
const events = `
  SELECT e.version, e.status, e.source, e.occurred_at, o.published_at, o.kafka_partition, o.kafka_offset, e.headers ->> 'traceparent' AS traceparent
  FROM order_event e JOIN outbox o ON o.key = e.order_id::text AND o.version = e.version AND o.topic = 'order_status'
  WHERE e.order_id = $1 AND e.origin = 'local' ORDER BY e.version`;
const intents =
  "SELECT key, state, amount_minor, currency, card_last4, created_at FROM payment_intent WHERE order_id = $1 ORDER BY attempt";
const jobs = `
  SELECT j.* FROM pricing_job j JOIN pricing_attachment a ON a.job_id = j.job_id WHERE a.order_id = $1 ORDER BY a.version`;

/** Asks everybody who may know something of the order; what one does not answer leaves the rest as it is. */
export async function readStory(settings: Settings, orderId: string): Promise<Story> {
  const values = [orderId];
  const [shop, crm, mes] = await Promise.all([
    readDatabase(settings, "shop", query({ state, events, waiting, intents }, values)),
    readDatabase(settings, "crm", query({ state, events, waiting }, values)),
    readDatabase(settings, "mes", query({ state, events, waiting, jobs }, values)),
  ]);
  const all = { Shop: shop, CRM: crm, MES: mes };
  return {
    states: Object.entries(all).map(([service, found]) => ({
      service,
      row: typeof found === "string" ? found : found["state"]?.[0],
    })),
    events: Object.values(all)
      .flatMap((found) => (typeof found === "string" ? [] : (found["events"] ?? [])))
      .sort((a, b) => Number(a["version"]) - Number(b["version"])),
    payment: {
      intents: typeof shop === "string" ? shop : (shop["intents"] ?? []),
      ledger: await ask<Row>(`http://127.0.0.1:${settings.ports.payments}/v1/ledger?reference=${orderId}`),
    },
    pricing: typeof mes === "string" ? mes : (mes["jobs"] ?? []),
    traces: await tracesOf(`http://127.0.0.1:${settings.ports.otlp}/traces?attr=order.id=${orderId}`),
  };
}

function query(
  texts: Record<string, string>,
  values: unknown[],
): Record<string, { text: string; values: unknown[] }> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, { text, values }]));
}

async function tracesOf(url: string): Promise<Row[] | string> {
  const answer = await ask<{ traces: Row[] }>(url);
  return typeof answer === "string" ? answer : answer.traces.reverse();
}

async function ask<T>(url: string): Promise<T | string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    return response.ok ? ((await response.json()) as T) : `answered ${response.status}`;
  } catch (error) {
    return (error as Error).message;
  }
}
