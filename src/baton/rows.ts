import type { OrderStatusChanged } from "../gen/alexandrite/events/v1/events";
import { Order } from "../gen/alexandrite/order/v1/order";
import { shortHolder, shortStatus, type Standing, statusOf } from "../order";
import type { Queryable, Transaction } from "../platform/postgres";
import { errors } from "./errors";

type OrderRow = { snapshot: unknown };

/** An order as this service knows it. */
export async function readOrder(db: Queryable, orderId: string): Promise<Order | undefined> {
  const row = await db.maybeOne<OrderRow>("SELECT snapshot FROM orders WHERE order_id = $1", [orderId]);
  return row && Order.fromJSON(row.snapshot);
}

/** The same under the row's lock, which holds up every move until the transaction ends; rows that refer to the order may still be written. */
export async function lockOrder(tx: Transaction, orderId: string): Promise<Order | undefined> {
  const row = await tx.maybeOne<OrderRow>(
    "SELECT snapshot FROM orders WHERE order_id = $1 FOR NO KEY UPDATE",
    [orderId],
  );
  return row && Order.fromJSON(row.snapshot);
}

type StandingRow = { order_id: string; version: number; status: string };

/** Where orders stand here; those that are unknown are left out. */
export async function readStandings(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, Standing>> {
  const text = "SELECT order_id, version, status FROM orders WHERE order_id = ANY ($1::uuid[])";
  return byId(orderIds.length === 0 ? [] : await db.query<StandingRow>(text, [orderIds]));
}

/** Where orders stand that have not ended, by id after `afterId`; empty: from the first. */
export async function readOpenStandings(
  db: Queryable,
  afterId: string,
  limit: number,
): Promise<Map<string, Standing>> {
  const rows = await db.query<StandingRow>(
    `SELECT order_id, version, status FROM orders
     WHERE status NOT IN ('DELIVERED', 'CANCELLED') AND order_id > $1 ORDER BY order_id LIMIT $2`,
    [afterId || "00000000-0000-0000-0000-000000000000", limit],
  );
  return byId(rows);
}

function byId(rows: readonly StandingRow[]): Map<string, Standing> {
  return new Map(
    rows.map(({ order_id, version, status }) => [order_id, { version, status: statusOf(status) }]),
  );
}

export type EventRow = { version: number; value: Buffer; headers: Record<string, string> };

/** Stored events after a version, in order and without holes: versions are committed one after the other, and one statement sees one state of the database. */
export async function readEvents(
  db: Queryable,
  orderId: string,
  afterVersion: number,
  limit: number,
): Promise<EventRow[]> {
  return db.query<EventRow>(
    "SELECT version, value, headers FROM order_event WHERE order_id = $1 AND version > $2 ORDER BY version LIMIT $3",
    [orderId, afterVersion, limit],
  );
}

/** The event that a command has made already, when it is a repeat. */
export async function readEventOfCommand(
  db: Queryable,
  orderId: string,
  commandId: string,
): Promise<EventRow | undefined> {
  return db.maybeOne<EventRow>(
    "SELECT version, value, headers FROM order_event WHERE order_id = $1 AND command_id = $2",
    [orderId, commandId],
  );
}

/** True when the order has been in the status of this version before. */
export async function hasBeenThere(db: Queryable, order: Order): Promise<boolean> {
  const rows = await db.query(
    "SELECT 1 AS one FROM order_event WHERE order_id = $1 AND version < $2 AND status = $3 LIMIT 1",
    [order.orderId, order.version, shortStatus(order.status)],
  );
  return rows.length > 0;
}

/** Writes a version of an order: its event first, because the row's trigger looks for it. Throws ORDER_EXISTS for version 1 of an order that has one. */
export async function writeVersion(
  tx: Transaction,
  event: OrderStatusChanged & { order: Order },
  stored: { value: Buffer; headers: Record<string, string>; origin: "local" | "applied" },
): Promise<void> {
  const { order } = event;
  const written = await tx.execute(
    `INSERT INTO order_event (order_id, version, event_id, status, source, origin, command_id, value, headers, occurred_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (order_id, version) DO NOTHING`,
    [
      order.orderId,
      order.version,
      event.eventId,
      shortStatus(event.status),
      shortHolder(event.source),
      stored.origin,
      event.commandId === "" ? null : event.commandId,
      stored.value,
      JSON.stringify(stored.headers),
      event.occurredAt,
    ],
  );
  if (written !== 1) {
    if (order.version === 1) throw errors.orderExists({ orderId: order.orderId });
    throw new Error(`Version ${order.version} of order ${order.orderId} is stored already.`);
  }
  const columns = [
    order.orderId,
    order.version,
    shortStatus(order.status),
    order.owner?.id ?? "",
    order.specification?.material ?? "",
    order.operatorId,
    order.price?.validUntil ?? null,
    JSON.stringify(Order.toJSON(order)),
    order.createdAt,
    order.updatedAt,
  ];
  const text =
    order.version === 1
      ? `INSERT INTO orders (order_id, version, status, owner_id, material, operator_id, price_valid_until, snapshot, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
      : `UPDATE orders SET version = $2, status = $3, owner_id = $4, material = $5, operator_id = $6, price_valid_until = $7,
         snapshot = $8, created_at = $9, updated_at = $10 WHERE order_id = $1 AND version = $2 - 1`;
  const touched = await tx.execute(text, columns);
  if (touched !== 1) throw new Error(`Order ${order.orderId} is not at version ${order.version - 1}.`);
}
