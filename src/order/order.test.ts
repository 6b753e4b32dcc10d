import { OrderStatusChanged } from "../gen/alexandrite/events/v1/events";
import { Holder, Order, OrderStatus } from "../gen/alexandrite/order/v1/order";
import {
  decideMove,
  decodeEvent,
  encodeEvent,
  EventError,
  holderOf,
  isFinal,
  lifecycle,
  mayMove,
  nextOrder,
  statuses,
} from ".";

const { HOLDER_MES: MES, HOLDER_CRM: CRM, HOLDER_SHOP: SHOP } = Holder;
const {
  ORDER_STATUS_PRICED: PRICED,
  ORDER_STATUS_CONFIRMED: CONFIRMED,
  ORDER_STATUS_PAID: PAID,
} = OrderStatus;
const orderId = "6f1b1c9e-0b1f-4a53-9d4b-0d7f1f0f2a11";

const order = Order.fromPartial({
  orderId,
  version: 4,
  status: PRICED,
  owner: { id: "customer-1" },
  price: { totalMinor: 9_007_199_254_740_993n, massGrams: 0.1 },
  createdAt: new Date("2026-01-01T00:00:00.001Z"),
  updatedAt: new Date("2026-01-02T00:00:00.002Z"),
});

const event = OrderStatusChanged.fromPartial({
  eventId: "0d0e2c5c-6f0a-4a5f-8f57-7d1c1c5c2d10",
  orderId,
  version: 4,
  previousStatus: OrderStatus.ORDER_STATUS_MODEL_UPLOADED,
  status: PRICED,
  source: MES,
  occurredAt: order.updatedAt,
  order,
});

test("every status but the final ones has a holder and a way on, and every status can be reached", () => {
  for (const status of statuses) expect(holderOf(status) === undefined).toBe(isFinal(status));
  const reached = new Set([OrderStatus.ORDER_STATUS_CREATED]);
  for (const status of reached) for (const next of lifecycle[status].next) reached.add(next);
  expect([...reached].sort()).toEqual([...statuses].sort());
});

test("what expires goes where the table lets it go", () => {
  const expiring = statuses.filter((status) => lifecycle[status].expiry);
  expect(expiring).toHaveLength(4);
  for (const status of expiring) expect(mayMove(status, lifecycle[status].expiry!.to)).toBe(true);
});

describe("a command", () => {
  const wish = { expectedVersion: 4, to: CONFIRMED };
  test.each<[string, Parameters<typeof decideMove>, ReturnType<typeof decideMove>]>([
    ["for what the holder has moves", [order, wish, CRM], { kind: "move" }],
    ["elsewhere names the holder", [order, wish, SHOP], { kind: "not holder", holder: CRM, version: 4 }],
    ["ahead of the baton waits", [order, { ...wish, expectedVersion: 5 }, SHOP], { kind: "wait" }],
    ["ahead of its order waits", [undefined, wish, CRM], { kind: "wait" }],
    ["for an order that MES does not know fails", [undefined, wish, MES], { kind: "not found" }],
    [
      "for a version that only the holder could have made fails",
      [order, { ...wish, expectedVersion: 5 }, CRM],
      { kind: "version mismatch", actual: 4 },
    ],
    [
      "for an older version fails",
      [order, { ...wish, expectedVersion: 3 }, SHOP],
      { kind: "version mismatch", actual: 4 },
    ],
    ["that the table does not have is illegal", [order, { ...wish, to: PAID }, CRM], { kind: "illegal" }],
    ["from another status is illegal", [order, { ...wish, from: [CONFIRMED] }, CRM], { kind: "illegal" }],
    [
      "for an order that has ended is illegal",
      [{ version: 4, status: OrderStatus.ORDER_STATUS_CANCELLED }, wish, CRM],
      { kind: "illegal" },
    ],
  ])("%s", (_, given, decision) => {
    expect(decideMove(...given)).toEqual(decision);
  });
});

test("an event comes back from its bytes as it was, and has the same bytes again", () => {
  const bytes = encodeEvent(event);
  expect(decodeEvent(bytes)).toEqual(event);
  expect(encodeEvent(decodeEvent(bytes))).toEqual(bytes);
});

test("an event of a later release, with fields that are unknown here, can be read", () => {
  const later = { ...(OrderStatusChanged.toJSON(event) as object), reasonCode: "NEW", list: [1] };
  expect(decodeEvent(Buffer.from(JSON.stringify(later)))).toEqual(event);
});

test.each<[string, Partial<OrderStatusChanged>]>([
  ["an order", { order: undefined }],
  ["the order's own version", { version: 5 }],
  ["the order's own status", { status: CONFIRMED }],
  ["a lower-case order id", { orderId: orderId.toUpperCase() }],
  ["an id", { eventId: "" }],
  ["a source", { source: Holder.HOLDER_UNSPECIFIED }],
  ["a time", { occurredAt: undefined }],
  ["an order with its dates", { order: { ...order, createdAt: undefined } }],
])("an event without %s is refused", (_, change) => {
  expect(() => decodeEvent(encodeEvent({ ...event, ...change }))).toThrow(EventError);
});

test.each([
  ["a NUL", "customer-1", "customer\\u0000"],
  ["half a character", "customer-1", "customer\\ud800"],
  ["a number beyond 64 bits", "9007199254740993", "9223372036854775808"],
  ["a version beyond 32 bits", '"version":4', '"version":2147483648'],
  ["a year before the first", "2026-01-01T", "-000001-01-01T"],
  ["a year after 9999", "2026-01-01T", "+010000-01-01T"],
])("an event with %s is refused: no database keeps it", (_, from, to) => {
  const text = encodeEvent(event).toString().replaceAll(from, to);
  expect(text).toContain(to);
  expect(() => decodeEvent(Buffer.from(text))).toThrow(EventError);
});

test.each(["", "null", "[]", "{", '{"status":"ORDER_STATUS_LOST"}', "\xff\xfe"])("%j is no event", (text) => {
  expect(() => decodeEvent(Buffer.from(text, "latin1"))).toThrow(EventError);
});

describe("a move", () => {
  const at = new Date("2026-01-03T00:00:00Z");

  test("makes the next version and leaves alone what the order is", () => {
    const change = {
      orderId: "other",
      owner: undefined,
      version: 9,
      status: PAID,
      createdAt: at,
      trackingNumber: "T",
    };
    expect(nextOrder(order, { to: CONFIRMED, at, change })).toEqual({
      ...order,
      version: 5,
      status: CONFIRMED,
      trackingNumber: "T",
      updatedAt: at,
    });
  });

  test("never dates an order back, whatever the clock says", () => {
    const { updatedAt } = nextOrder(order, { to: CONFIRMED, at: new Date(0) });
    expect(updatedAt!.getTime()).toBe(order.updatedAt!.getTime() + 1);
  });

  test("back to an earlier status drops what does not belong there", () => {
    const again = nextOrder(
      { ...order, failure: { reason: "X", message: "" } },
      {
        to: OrderStatus.ORDER_STATUS_MODEL_UPLOADED,
        at,
      },
    );
    expect(again).toMatchObject({ price: undefined, failure: undefined });
    expect(nextOrder({ ...order, operatorId: "op" }, { to: PAID, at }).operatorId).toBe("");
  });
});
