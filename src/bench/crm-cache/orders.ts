import { createHash, randomUUID } from "node:crypto";
import { LengthUnit, ModelFormat, Order, OrderStatus, OwnerKind } from "../../gen/alexandrite/order/v1/order";
import { shortStatus } from "../../order";
import type { Database, Transaction } from "../../platform/postgres";

/** Orders that are read and changed, a few of each owner, so that an owner's list is one page with all of them in it. */
export const hotOwners = Array.from({ length: 20 }, (_, n) => `hot-${n + 1}`);
export const ordersPerOwner = 10;
const { ORDER_STATUS_MODEL_UPLOADED: UPLOADED, ORDER_STATUS_PRICED: PRICED } = OrderStatus;

/** The hot orders, by id, as they stand in the database. */
export type HotOrders = Map<string, Order>;

export function hotOrders(): HotOrders {
  const orders = hotOwners.flatMap((owner) =>
    Array.from({ length: ordersPerOwner }, (_, n) => sampleOrder(owner, n)),
  );
  return new Map(orders.map((order) => [order.orderId, order]));
}

/** The same ids in each process. */
function sampleOrder(owner: string, n: number): Order {
  const digest = createHash("sha256").update(`${owner} ${n}`).digest("hex");
  const orderId = digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
  const at = new Date(Date.UTC(2026, 0, 1 + n));
  return Order.fromPartial({
    orderId,
    version: 2,
    status: UPLOADED,
    owner: { kind: OwnerKind.OWNER_KIND_CUSTOMER, id: owner },
    specification: { material: "PLA", finish: "RAW", quantity: 1 },
    model: {
      sha256: digest,
      format: ModelFormat.MODEL_FORMAT_STL,
      unit: LengthUnit.LENGTH_UNIT_MILLIMETER,
      sizeBytes: 684n,
      fileName: "part.stl",
    },
    createdAt: at,
    updatedAt: at,
  });
}

/** Fills CRM's empty database: the hot orders, and `others` that stand in the same tables and indexes. The rules about moves are switched off for it. */
export async function fillDatabase(db: Database, others: number): Promise<void> {
  const hot = [...hotOrders().values()];
  await db.transaction(async (tx) => {
    await tx.execute("SET LOCAL session_replication_role = replica");
    for (const order of hot) await insert(tx, order);
    await tx.execute(
      `INSERT INTO orders (order_id, version, status, owner_id, material, operator_id, snapshot, created_at, updated_at)
       SELECT id, 3, status, owner, 'PLA', '', $1::jsonb || jsonb_build_object('orderId', id, 'version', 3, 'status', 'ORDER_STATUS_' || status,
         'owner', jsonb_build_object('kind', 'OWNER_KIND_CUSTOMER', 'id', owner), 'updatedAt', to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
         at AT TIME ZONE 'UTC', at AT TIME ZONE 'UTC'
       FROM (SELECT gen_random_uuid() AS id, 'owner-' || n % 5000 AS owner, timestamp '2025-12-31' - n * interval '1 minute' AS at,
         (ARRAY['PRICED', 'CONFIRMED', 'PAID', 'SHIPPED', 'DELIVERED'])[1 + n % 5] AS status FROM generate_series(1, $2::integer) AS n) AS other`,
      [JSON.stringify(Order.toJSON(hot[0] as Order)), others],
    );
  });
  await db.execute("ANALYZE orders, order_event");
}

/** An order's next version on a walk without an end, between a model and its price. */
export function nextVersion(order: Order): Order {
  const status = order.status === UPLOADED ? PRICED : UPLOADED;
  return { ...order, version: order.version + 1, status, updatedAt: new Date() };
}

/** Writes a version as the consumer or a move does, under the database's own rules; it is applied when this resolves. */
export async function applyVersion(db: Database, order: Order): Promise<void> {
  await db.transaction(async (tx) => {
    await insertEvent(tx, order);
    const { orderId, version, status, updatedAt } = order;
    await tx.execute(
      "UPDATE orders SET version = $2, status = $3, snapshot = $4, updated_at = $5 WHERE order_id = $1",
      [orderId, version, shortStatus(status), JSON.stringify(Order.toJSON(order)), updatedAt],
    );
  });
}

async function insert(tx: Transaction, order: Order): Promise<void> {
  await insertEvent(tx, order);
  const { orderId, version, status, owner, createdAt, updatedAt } = order;
  await tx.execute(
    `INSERT INTO orders (order_id, version, status, snapshot, updated_at, owner_id, material, operator_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'PLA', '', $7)`,
    [
      orderId,
      version,
      shortStatus(status),
      JSON.stringify(Order.toJSON(order)),
      updatedAt,
      owner?.id,
      createdAt,
    ],
  );
}

async function insertEvent(tx: Transaction, { orderId, version, status, updatedAt }: Order): Promise<void> {
  const isOurs = status === UPLOADED && version > 2;
  await tx.execute(
    `INSERT INTO order_event (order_id, version, event_id, status, source, origin, value, headers, occurred_at)
     VALUES ($1, $2, $3, $4, $5, $6, '', '{}', $7)`,
    [
      orderId,
      version,
      randomUUID(),
      shortStatus(status),
      isOurs ? "CRM" : "MES",
      isOurs ? "local" : "applied",
      updatedAt,
    ],
  );
}
