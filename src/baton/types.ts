import type { OrderEventsServiceDefinition, OrderStatusChanged } from "../gen/alexandrite/events/v1/events";
import type { Actor, Order, OrderStatus } from "../gen/alexandrite/order/v1/order";
import type { Handlers } from "../platform/grpc";
import type { Redelivered } from "../platform/outbox";
import type { Transaction } from "../platform/postgres";
import type { OrderPage, OrderQuery } from "./list";
import type { EventRow } from "./rows";

/** A wish to move an order on. */
export type MoveCommand = {
  orderId: string;
  /** The version that the caller saw. */
  expectedVersion: number;
  /** Makes a repeat answer as the first call did. */
  commandId?: string;
  /** From these statuses only; all that may lead to `to` when missing. */
  from?: readonly OrderStatus[];
  to: OrderStatus;
  actor: Actor;
  /** Throws when the caller may not know or touch this order. Called before anything about the order is told. */
  authorize?: (order: Order) => void;
  /** Throws when the order as it stands forbids the move. */
  check?: (order: Order) => void;
  /** What becomes different with the move. */
  change?: (order: Order) => Partial<Order>;
  /** Ends the waiting for the baton early. */
  signal?: AbortSignal;
  /** Epoch milliseconds; the baton is not waited for beyond it, and never longer than the baton's own bound. */
  deadlineAt?: number;
};

/** Runs in a move's transaction, after the version was written: effects that must happen exactly with it are rows written here. Throwing undoes the move. */
export type WithMove = (tx: Transaction, after: Order, before: Order) => Promise<void>;

/** Runs in the transaction that applies another service's move. */
export type OnApplied = (
  tx: Transaction,
  after: Order,
  event: OrderStatusChanged,
  before: Order | undefined,
) => Promise<void>;

/** The orders of one service: its rows and events, its moves, and what it learns of the others' moves. */
export type Baton = {
  get(orderId: string): Promise<Order | undefined>;
  list(query: OrderQuery): Promise<OrderPage>;
  /** Stored events after a version, contiguous; at most `limit`. */
  events(orderId: string, afterVersion: number, limit: number): Promise<EventRow[]>;
  /**
   * Writes version 1, which is CREATED now, whatever `order` says of it. MES only. Errors: ALREADY_EXISTS ORDER_EXISTS, after which the transaction may go on: look
   * the order up, under the caller's own rules.
   */
  create(tx: Transaction, order: Order, made: { actor: Actor; commandId?: string }): Promise<Order>;
  /**
   * Moves an order, or waits until it is here to be moved. Errors: NOT_FOUND ORDER_NOT_FOUND; ABORTED VERSION_MISMATCH; FAILED_PRECONDITION NOT_HOLDER,
   * ILLEGAL_TRANSITION; INVALID_ARGUMENT COMMAND_REUSED, TEXT_NOT_STORABLE.
   */
  move(command: MoveCommand, withMove?: WithMove): Promise<Order>;
  /** The same in the caller's transaction, under the row's lock, without waiting: an order that is not here yet is NOT_HOLDER or ORDER_NOT_FOUND. */
  moveIn(tx: Transaction, command: MoveCommand, withMove?: WithMove): Promise<Order>;
  /** The order's versions after `afterVersion` as they are stored here, each once, in order, until `signal` aborts or the order has ended. */
  watch(orderId: string, afterVersion: number, signal: AbortSignal): AsyncIterable<Order>;
  /** Adds an effect of applied events. Before `start`. */
  onApplied(hook: OnApplied): void;
  /** Begins to publish, to consume, to sweep and to expire: after the hooks are in place. The service is not ready before. */
  start(): Promise<void>;
  /** Applies a dead letter of this service again, then what has parked behind it. Errors: NOT_FOUND DEAD_LETTER_NOT_FOUND. */
  redeliver(deadLetterId: number): Promise<Redelivered>;
  /** OrderEventsService, for `server.add`. */
  readonly handlers: Handlers<typeof OrderEventsServiceDefinition>;
  close(): Promise<void>;
};
