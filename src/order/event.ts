import { OrderStatusChanged } from "../gen/alexandrite/events/v1/events";
import { Holder, type Order } from "../gen/alexandrite/order/v1/order";
import { statuses } from "./lifecycle";

/** The topic that carries every move of every order. */
export const orderStatusTopic = "order_status";
/** Proto3 JSON. */
export const orderStatusContentType = "application/json";

/** Bytes that are no event of an order. */
export class EventError extends Error {
  override readonly name = "EventError";
}

/** Proto3 JSON, UTF-8. The bytes are kept as they are wherever the event goes: they are never made twice. */
export function encodeEvent(event: OrderStatusChanged): Buffer {
  return Buffer.from(JSON.stringify(OrderStatusChanged.toJSON(event)));
}

/** Reads what `encodeEvent`, of any release, wrote; unknown fields are ignored. Throws EventError for anything that is not whole and consistent. */
export function decodeEvent(value: Uint8Array): OrderStatusChanged & { order: Order } {
  let event: OrderStatusChanged;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(value);
    event = OrderStatusChanged.fromJSON(JSON.parse(text));
  } catch (error) {
    throw new EventError("The bytes are not the JSON of an order's event.", { cause: error });
  }
  const fault = faultOf(event);
  if (fault !== undefined) throw new EventError(`The event of order ${event.orderId || "?"} ${fault}.`);
  return event as OrderStatusChanged & { order: Order };
}

/** An `int32` of the proto, and an `integer` of the databases. */
const mostVersions = 2 ** 31 - 1;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is an order's id as events and keys write it: a UUID in lower case. */
export function isOrderId(text: string): boolean {
  return uuid.test(text);
}

function faultOf(event: OrderStatusChanged): string | undefined {
  const { order } = event;
  if (holdsUnstorable(event)) return "holds a text or a number that no database keeps";
  if (!isOrderId(event.orderId)) return "names no order";
  if (!isOrderId(event.eventId)) return "has no id";
  if (!Number.isInteger(event.version) || event.version < 1 || event.version > mostVersions)
    return `has version ${event.version}`;
  if (!statuses.includes(event.status)) return "has no status";
  if (event.source === Holder.HOLDER_UNSPECIFIED) return "has no source";
  if (!isTime(event.occurredAt)) return "has no time";
  if (!order) return "carries no order";
  if (order.orderId !== event.orderId) return `carries order ${order.orderId}`;
  if (order.version !== event.version || order.status !== event.status) return "disagrees with its order";
  if (!isTime(order.createdAt) || !isTime(order.updatedAt)) return "carries an order without its times";
  return undefined;
}

function isTime(at: Date | undefined): boolean {
  return at !== undefined && isYearKnown(at);
}

/** What a Timestamp may be, says its proto; an invalid date is neither before nor after. */
function isYearKnown(at: Date): boolean {
  return at >= new Date("0001-01-01T00:00:00Z") && at <= new Date("9999-12-31T23:59:59.999Z");
}

/** A NUL, half a character, a time or a whole number out of range, anywhere: whoever applied such an event would be refused by his database again and again. */
function holdsUnstorable(value: unknown): boolean {
  if (typeof value === "string") return /\0|\p{Surrogate}/u.test(value);
  if (typeof value === "bigint") return value !== BigInt.asIntN(64, value);
  if (typeof value === "number") return !Number.isFinite(value);
  if (value instanceof Date) return !isYearKnown(value);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  return Object.values(value).some(holdsUnstorable);
}
