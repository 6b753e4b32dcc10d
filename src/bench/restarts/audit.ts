import { setTimeout as sleep } from "node:timers/promises";
import type { Settings } from "../../stack/settings";
import { readDatabase, type Row } from "../../tools/order/databases";

const services = ["mes", "crm", "shop"] as const;

/** Every order with a digest of all its events: where two services say the same of it, they have the same bytes. */
const orders = {
  orders: {
    text: `SELECT o.order_id, o.version, count(*)::int AS events, md5(string_agg(e.value, ''::bytea ORDER BY e.version)) AS digest
           FROM orders o JOIN order_event e ON e.order_id = o.order_id GROUP BY o.order_id, o.version`,
    values: [],
  },
};

export type Audit = {
  orders: number;
  /** Orders or versions that somebody was told of and that a service does not have, or has with a hole. */
  lost: string[];
  /** Orders that are not the same in all three services. */
  apart: string[];
};

/** Compares what callers were told with what is stored; waits for events that are under way. */
export async function audit(
  settings: Settings,
  acknowledged: ReadonlyMap<string, number>,
  patienceMs = 90_000,
): Promise<Audit> {
  for (const until = Date.now() + patienceMs; ;) {
    const found = await compare(settings, acknowledged);
    if ((found.lost.length === 0 && found.apart.length === 0) || Date.now() > until) return found;
    await sleep(500);
  }
}

async function compare(settings: Settings, acknowledged: ReadonlyMap<string, number>): Promise<Audit> {
  const stored = await Promise.all(services.map((service) => readOrders(settings, service)));
  const lost = [...acknowledged].flatMap(([orderId, version]) =>
    stored.some((rows) => !holds(rows.get(orderId), version)) ? [orderId] : [],
  );
  const all = new Set(stored.flatMap((rows) => [...rows.keys()]));
  const apart = [...all].filter(
    (orderId) => new Set(stored.map((rows) => JSON.stringify(rows.get(orderId)))).size > 1,
  );
  return { orders: all.size, lost, apart };
}

function holds(row: Row | undefined, version: number): boolean {
  return row !== undefined && Number(row["version"]) >= version && row["events"] === row["version"];
}

async function readOrders(settings: Settings, service: string): Promise<Map<string, Row>> {
  const found = await readDatabase(settings, service, orders);
  if (typeof found === "string") throw new Error(`The database of ${service} could not be asked: ${found}`);
  return new Map((found["orders"] ?? []).map((row) => [String(row["order_id"]), row]));
}
