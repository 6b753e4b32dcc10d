import { type Holder, OrderStatus } from "../gen/alexandrite/order/v1/order";
import { holderOf, mayMove } from "./lifecycle";

/** As much of an order's row as decisions need. */
export type Standing = { version: number; status: OrderStatus };

/** A wish to move an order, as its caller saw it. */
export type MoveWish = {
  expectedVersion: number;
  /** From these statuses only; all that may lead to `to` when missing. */
  from?: readonly OrderStatus[];
  to: OrderStatus;
};

export type MoveDecision =
  | { kind: "move" }
  /** The baton may still be under way to us: the row is missing or older than what the caller saw, and another service can have made the later version. */
  | { kind: "wait" }
  | { kind: "not found" }
  | { kind: "version mismatch"; actual: number }
  | { kind: "not holder"; holder: Holder; version: number }
  | { kind: "illegal" };

/** Whoever writes version 1 knows every order; to the others an order that they do not know may be under way. */
const firstHolder = holderOf(OrderStatus.ORDER_STATUS_UNSPECIFIED);

/** Decides what becomes of a wish at `self`, whose own row says `row`. Decided under the row's lock, and only on the version the caller saw: a status can come back. */
export function decideMove(row: Standing | undefined, wish: MoveWish, self: Holder): MoveDecision {
  if (row === undefined) return { kind: self === firstHolder ? "not found" : "wait" };
  const holder = holderOf(row.status);
  const isElsewhere = holder !== undefined && holder !== self;
  if (row.version < wish.expectedVersion && isElsewhere) return { kind: "wait" };
  if (row.version !== wish.expectedVersion) return { kind: "version mismatch", actual: row.version };
  if (isElsewhere) return { kind: "not holder", holder, version: row.version };
  const allowed = wish.from?.includes(row.status) ?? true;
  return allowed && mayMove(row.status, wish.to) ? { kind: "move" } : { kind: "illegal" };
}

/** As much of an event as decisions need. */
export type Handover = { version: number; previousStatus: OrderStatus; status: OrderStatus; source: Holder };

export type ApplyDecision =
  | { kind: "apply" }
  | { kind: "duplicate" }
  /** Versions in between are missing. */
  | { kind: "gap" }
  /** Another event of this version is stored already: two services held the order at once. */
  | { kind: "fork" }
  | { kind: "illegal"; why: string };

/**
 * Decides what becomes of an event at `self`. `sameAsStored` tells whether the event stored here under this version has the same bytes; it is only asked for versions
 * that are stored.
 */
export function decideApply(
  row: Standing | undefined,
  event: Handover,
  self: Holder,
  sameAsStored: () => boolean,
): ApplyDecision {
  const version = row?.version ?? 0;
  if (event.version <= version) return sameAsStored() ? { kind: "duplicate" } : { kind: "fork" };
  if (event.version > version + 1) return { kind: "gap" };
  // Our own moves are in our own row before they are published: one that is not there was never ours.
  if (event.source === self) return { kind: "illegal", why: `${self} never made version ${event.version}` };
  return whyIllegal(row, event) ?? { kind: "apply" };
}

/** Who has the next version of an order that stands like this here, if anybody has: the holder that our own row names, and for an order that we do not know whoever writes version 1. */
export function holderToAsk(row: Standing | undefined): Holder | undefined {
  return row ? holderOf(row.status) : firstHolder;
}

function whyIllegal(row: Standing | undefined, event: Handover): ApplyDecision | undefined {
  const from = row?.status ?? OrderStatus.ORDER_STATUS_UNSPECIFIED;
  if (event.previousStatus !== from) {
    return { kind: "illegal", why: `it leads from ${event.previousStatus}, the order is ${from}` };
  }
  if (!mayMove(from, event.status)) return { kind: "illegal", why: `${from} may not become ${event.status}` };
  const holder = holderOf(from);
  if (holder !== event.source)
    return { kind: "illegal", why: `${event.source} moved what ${holder ?? "nobody"} holds` };
  return undefined;
}
