import type { Queryable } from "../../platform/postgres";
import type {
  EventRow,
  LetterRow,
  OrderRow,
  OutboxRow,
  ParkedRow,
  PriceSeen,
  ServiceEvidence,
} from "./types";

/** Reads what a service keeps of its orders and of the topic. */
export async function readService(db: Queryable): Promise<ServiceEvidence> {
  return {
    orders: await readOrders(db),
    events: await readEvents(db),
    outbox: await readOutbox(db),
    letters: await readLetters(db),
    blocked: (await db.query<{ key: string }>("SELECT key FROM blocked_key ORDER BY key")).map(
      ({ key }) => key,
    ),
    parked: await db.query<ParkedRow>(
      `SELECT key, version::integer AS version, kafka_partition AS partition, kafka_offset::float8 AS offset
       FROM parked_message ORDER BY key, version`,
    ),
  };
}

async function readOrders(db: Queryable): Promise<OrderRow[]> {
  return db.query<OrderRow>(
    `SELECT order_id AS "orderId", version, status, owner_id AS "ownerId",
       replace(coalesce(snapshot #>> '{owner,kind}', ''), 'OWNER_KIND_', '') AS "ownerKind",
       coalesce(snapshot #>> '{model,sha256}', '') AS sha256
     FROM orders ORDER BY order_id`,
  );
}

type StoredEvent = {
  order_id: string;
  version: number;
  status: string;
  previous: string | null;
  source: string;
  origin: "local" | "applied";
  command_id: string | null;
  digest: string;
  stored_at: number;
  priced: StoredOrder | null;
};

type StoredOrder = {
  price?: Record<string, string | number> & { geometry?: { volumeMm3?: number; areaMm2?: number } };
  specification?: { material?: string; finish?: string; quantity?: number };
};

async function readEvents(db: Queryable): Promise<Map<string, EventRow[]>> {
  const rows = await db.query<StoredEvent>(
    `SELECT order_id, version, status, source, origin, command_id, md5(value) AS digest,
       (extract(epoch FROM stored_at) * 1000)::float8 AS stored_at,
       CASE WHEN octet_length(value) > 0 THEN coalesce(convert_from(value, 'UTF8')::jsonb ->> 'previousStatus', 'ORDER_STATUS_UNSPECIFIED') END AS previous,
       CASE WHEN octet_length(value) > 0 AND status = 'PRICED' THEN convert_from(value, 'UTF8')::jsonb -> 'order' END AS priced
     FROM order_event ORDER BY order_id, version`,
  );
  const events = new Map<string, EventRow[]>();
  for (const row of rows) {
    const list = events.get(row.order_id) ?? [];
    if (list.length === 0) events.set(row.order_id, list);
    list.push({
      orderId: row.order_id,
      version: row.version,
      status: row.status,
      previousStatus: row.previous?.replace("ORDER_STATUS_", ""),
      source: row.source,
      origin: row.origin,
      commandId: row.command_id ?? undefined,
      digest: row.digest,
      storedAt: row.stored_at,
      price: row.priced ? toPrice(row.priced) : undefined,
    });
  }
  return events;
}

/** Proto3 JSON leaves out what is zero, and writes 64 bits as text. */
function toPrice({ price = {}, specification = {} }: StoredOrder): PriceSeen {
  const amount = (name: string): number => Number(price[name] ?? 0);
  return {
    totalMinor: amount("totalMinor"),
    unitMinor: amount("unitMinor"),
    currency: String(price["currency"] ?? ""),
    materialMinor: amount("materialMinor"),
    machineMinor: amount("machineMinor"),
    finishingMinor: amount("finishingMinor"),
    setupMinor: amount("setupMinor"),
    bookVersion: amount("priceBookVersion"),
    volumeMm3: Number(price.geometry?.volumeMm3 ?? 0),
    areaMm2: Number(price.geometry?.areaMm2 ?? 0),
    material: specification.material ?? "",
    finish: specification.finish ?? "",
    quantity: specification.quantity ?? 0,
  };
}

async function readOutbox(db: Queryable): Promise<OutboxRow[]> {
  const rows = await db.query<Omit<OutboxRow, "lastError"> & { lastError: string | null }>(
    `SELECT topic, key, version::integer AS version, md5(value) AS digest, published_at IS NOT NULL AS "isPublished", last_error AS "lastError"
     FROM outbox ORDER BY id`,
  );
  return rows.map((row) => ({ ...row, lastError: row.lastError ?? undefined }));
}

async function readLetters(db: Queryable): Promise<LetterRow[]> {
  const rows = await db.query<{ [K in keyof LetterRow]: LetterRow[K] | null }>(
    `SELECT id::integer AS id, kafka_partition AS partition, kafka_offset::float8 AS offset, key, version::integer AS version, reason,
       resolved_at IS NULL AS "isOpen"
     FROM dead_letter ORDER BY id`,
  );
  return rows.map((row) => ({
    id: row.id!,
    partition: row.partition ?? undefined,
    offset: row.offset ?? undefined,
    key: row.key ?? undefined,
    version: row.version ?? undefined,
    reason: row.reason!,
    isOpen: row.isOpen!,
  }));
}
