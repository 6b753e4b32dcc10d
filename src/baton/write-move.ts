import { randomUUID } from "node:crypto";
import type { OrderStatusChanged } from "../gen/alexandrite/events/v1/events";
import { type Actor, type Holder, type Order, OrderStatus } from "../gen/alexandrite/order/v1/order";
import { encodeEvent, orderStatusContentType, shortHolder } from "../order";
import { planted } from "../platform/config";
import { enqueue } from "../platform/outbox";
import type { Transaction } from "../platform/postgres";
import { injectTrace } from "../platform/telemetry";
import { errors } from "./errors";
import { writeVersion } from "./rows";

export type Made = { actor: Actor; commandId?: string | undefined };

/**
 * Writes the next version of an order in the holder's database: row, event and outbox row in one transaction. Nothing here decides: whoever calls it
 * has locked the row and asked `decideMove`.
 */
export async function writeMove(
  tx: Transaction,
  { self, topic }: { self: Holder; topic: string },
  before: Order | undefined,
  after: Order,
  { actor, commandId = "" }: Made,
): Promise<void> {
  const { orderId, version, status } = after;
  const event: OrderStatusChanged & { order: Order } = {
    eventId: randomUUID(),
    orderId,
    version,
    previousStatus: before?.status ?? OrderStatus.ORDER_STATUS_UNSPECIFIED,
    status,
    source: self,
    actor,
    occurredAt: after.updatedAt,
    order: after,
    commandId,
  };
  const value = encodeEvent(event);
  if (notStorable.test(value.toString())) throw errors.textNotStorable({ orderId });
  const headers = {
    "event-id": event.eventId,
    source: shortHolder(self),
    "content-type": orderStatusContentType,
    ...injectTrace(),
  };
  await writeVersion(tx, event, { value, headers, origin: "local" });
  const message = { topic, key: orderId, version, value, headers };
  if (planted("outbox-outside-transaction")) return tx.database.transaction((own) => enqueue(own, message));
  await enqueue(tx, message);
}

/** NUL and lone surrogates as JSON escapes them. jsonb takes neither, here or in the services that apply the event. */
const notStorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;
