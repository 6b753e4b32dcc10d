import type { Holder, OrderStatus } from "../gen/alexandrite/order/v1/order";
import { firstHolder, holderOf, isFinal, mayMove } from "./table";

/** What a decision needs of an order's row. */
export type Standing = { readonly version: number; readonly status: OrderStatus };

/** A command, as far as the table is concerned. */
export type Move = {
  /** The version that the caller saw. */
  readonly expectedVersion: number;
  readonly to: OrderStatus;
  /** Only from these; from every status that the table allows when not given. */
  readonly from?: readonly OrderStatus[] | undefined;
};

export type MoveRefusal =
  | { readonly reason: "ORDER_NOT_FOUND" }
  | { readonly reason: "VERSION_MISMATCH"; readonly expected: number; readonly actual: number }
  | { readonly reason: "NOT_HOLDER"; readonly holder: Holder; readonly version: number }
  | { readonly reason: "ILLEGAL_TRANSITION"; readonly from: OrderStatus; readonly to: OrderStatus }
  | { readonly reason: "COMMAND_REUSED"; readonly became: OrderStatus };

export type MoveDecision =
  /** Move: the row becomes `to`, version + 1. */
  | { readonly outcome: "move" }
  /** This command was carried out before: answer as then. */
  | { readonly outcome: "repeat" }
  /** The baton may still come; `refusal` is the answer when there is no time left to wait. */
  | { readonly outcome: "wait"; readonly refusal: MoveRefusal }
  | { readonly outcome: "refuse"; readonly refusal: MoveRefusal };

/**
 * Whether `self` may carry out a command on an order as its own, locked row shows it. `earlier` is what the same command id made of this order before.
 * A move depends on the version that the caller saw, never on the status alone: a status can come back.
 */
export function decideMove(
  row: Standing | undefined,
  command: Move,
  self: Holder,
  earlier?: { readonly status: OrderStatus } | undefined,
): MoveDecision {
  if (earlier) {
    if (earlier.status === command.to) return { outcome: "repeat" };
    return refuse({ reason: "COMMAND_REUSED", became: earlier.status });
  }
  if (!row) {
    const refusal = { reason: "ORDER_NOT_FOUND" } as const;
    // Whoever writes version 1 knows every order; to the others it may be on its way.
    return self === firstHolder ? refuse(refusal) : { outcome: "wait", refusal };
  }
  const holder = holderOf(row.status);
  if (row.version < command.expectedVersion && holder !== self && !isFinal(row.status) && holder) {
    // The caller has seen more than we have: an event is on its way, and may bring the baton.
    return { outcome: "wait", refusal: { reason: "NOT_HOLDER", holder, version: row.version } };
  }
  if (row.version !== command.expectedVersion) {
    return refuse({
      reason: "VERSION_MISMATCH",
      expected: command.expectedVersion,
      actual: row.version,
    });
  }
  if (holder !== undefined && holder !== self) {
    return refuse({ reason: "NOT_HOLDER", holder, version: row.version });
  }
  if (!mayMove(row.status, command.to) || command.from?.includes(row.status) === false) {
    return refuse({ reason: "ILLEGAL_TRANSITION", from: row.status, to: command.to });
  }
  return { outcome: "move" };
}

function refuse(refusal: MoveRefusal): MoveDecision {
  return { outcome: "refuse", refusal };
}
