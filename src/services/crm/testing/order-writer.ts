import { randomUUID } from "node:crypto";
import { Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { shortStatus } from "../../../order";
import type { Database, Transaction } from "../../../platform/postgres";

/** A move that has been written and waits for its end. */
export type OpenMove = { order: Order; commit(): Promise<void>; rollback(): Promise<void> };

const { ORDER_STATUS_CREATED, ORDER_STATUS_MODEL_UPLOADED, ORDER_STATUS_PRICED } = OrderStatus;

/** An order's next version on a walk without an end: created, then between a model and its price. */
export function nextVersion(order: Order | undefined, ownerId: string): Order {
  const at = new Date();
  if (!order) {
    return Order.fromPartial({
      orderId: randomUUID(),
      version: 1,
      status: ORDER_STATUS_CREATED,
      owner: { id: ownerId },
      specification: { material: "PLA", finish: "RAW", quantity: 1 },
      createdAt: at,
      updatedAt: at,
    });
  }
  const isPriced = order.status === ORDER_STATUS_MODEL_UPLOADED;
  const status = isPriced ? ORDER_STATUS_PRICED : ORDER_STATUS_MODEL_UPLOADED;
  return { ...order, version: order.version + 1, status, updatedAt: at };
}

/** Writes a version as the consumer or a move does, under the database's own rules, and leaves the transaction open. */
export async function openMove(db: Database, order: Order): Promise<OpenMove> {
  let end: (outcome: "commit" | "rollback") => void = () => undefined;
  const ended = new Promise<"commit" | "rollback">((resolve) => (end = resolve));
  let written: () => void = () => undefined;
  const isWritten = new Promise<void>((resolve) => (written = resolve));
  const rolledBack = new Error("rolled back");
  const done = db
    .transaction(async (tx) => {
      await write(tx, order);
      written();
      if ((await ended) === "rollback") throw rolledBack;
    })
    .catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
  await Promise.race([isWritten, done]);
  const finish = (outcome: "commit" | "rollback") => (): Promise<void> => {
    end(outcome);
    return done;
  };
  return { order, commit: finish("commit"), rollback: finish("rollback") };
}

async function write(tx: Transaction, order: Order): Promise<void> {
  const { orderId, version, status, owner, createdAt, updatedAt } = order;
  const isOurs = status === ORDER_STATUS_MODEL_UPLOADED && version > 2;
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
  const row = [orderId, version, shortStatus(status), JSON.stringify(Order.toJSON(order)), updatedAt];
  if (version > 1) {
    const text =
      "UPDATE orders SET version = $2, status = $3, snapshot = $4, updated_at = $5 WHERE order_id = $1";
    await tx.execute(text, row);
    return;
  }
  await tx.execute(
    `INSERT INTO orders (order_id, version, status, snapshot, updated_at, owner_id, material, operator_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'PLA', '', $7)`,
    [...row, owner?.id ?? "", createdAt],
  );
}
