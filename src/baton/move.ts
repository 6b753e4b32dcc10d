import { setTimeout as sleep } from "node:timers/promises";
import type { Holder, Order } from "../gen/alexandrite/order/v1/order";
import { decideMove, decodeEvent, holderOf, nextOrder, shortHolder, shortStatus } from "../order";
import type { Database, Transaction } from "../platform/postgres";
import { AppError } from "../platform/errors";
import { annotate, type Metrics, withSpan } from "../platform/telemetry";
import type { CountEntry } from "./entries";
import { errors } from "./errors";
import { orderBatonWaitSeconds, orderMovesTotal } from "./metrics";
import { lockOrder, readEventOfCommand } from "./rows";
import type { MoveCommand, WithMove } from "./types";
import { writeMove } from "./write-move";

export type Mover = {
  move(command: MoveCommand, withMove?: WithMove): Promise<Order>;
  moveIn(tx: Transaction, command: MoveCommand, withMove?: WithMove): Promise<Order>;
};

type Options = {
  db: Database;
  metrics: Metrics;
  countEntry: CountEntry;
  self: Holder;
  topic: string;
  /** Longest that a command waits for the baton, in milliseconds. */
  waitMs: number;
  onMoved: (order: Order) => void;
};

/** How often a waiting command looks whether the baton has come, in milliseconds: another instance may be the one that applies it. */
const lookMs = 25;
/** Kept of the caller's deadline for answering. */
const answerMs = 100;

/** Moves orders that `self` holds. */
export function createMover({ db, metrics, countEntry, self, topic, waitMs, onMoved }: Options): Mover {
  const outcomes = metrics.counter(orderMovesTotal);
  const waited = metrics.histogram(orderBatonWaitSeconds);

  /** One try under the row's lock: the moved order, or undefined when the baton has to be waited for. */
  async function attempt(
    tx: Transaction,
    command: MoveCommand,
    withMove?: WithMove,
  ): Promise<Order | undefined> {
    const { orderId, commandId, to } = command;
    const before = await lockOrder(tx, orderId);
    if (before) command.authorize?.(before);
    const repeated = before && commandId ? await readEventOfCommand(tx, orderId, commandId) : undefined;
    if (repeated) {
      const { order } = decodeEvent(repeated.value);
      if (order.status === to) return order;
      throw errors.commandReused({ orderId, became: shortStatus(order.status) });
    }
    const decision = decideMove(before, command, self);
    switch (decision.kind) {
      case "wait":
        return undefined;
      case "not found":
        throw errors.orderNotFound({ orderId });
      case "version mismatch":
        throw errors.versionMismatch({ orderId, expected: command.expectedVersion, actual: decision.actual });
      case "not holder":
        throw errors.notHolder({ orderId, holder: shortHolder(decision.holder), version: decision.version });
      case "illegal":
        throw errors.illegalTransition({ orderId, from: shortStatus(before!.status), to: shortStatus(to) });
      case "move":
        return moveOn(tx, before!, command, withMove);
    }
  }

  async function moveOn(
    tx: Transaction,
    before: Order,
    command: MoveCommand,
    withMove?: WithMove,
  ): Promise<Order> {
    command.check?.(before);
    const after = nextOrder(before, {
      to: command.to,
      at: new Date(),
      change: command.change?.(before),
    });
    await writeMove(tx, { self, topic }, before, after, command);
    await countEntry(tx, after);
    await withMove?.(tx, after, before);
    tx.onCommit(() => {
      outcomes.inc({ to: shortStatus(after.status), outcome: "moved" });
      onMoved(after);
    });
    return after;
  }

  /** What to say when the baton did not come. */
  async function notHere(tx: Transaction, { orderId, expectedVersion }: MoveCommand): Promise<AppError> {
    const order = await lockOrder(tx, orderId);
    if (!order) return errors.orderNotFound({ orderId });
    const holder = holderOf(order.status);
    if (holder === undefined || holder === self) {
      return errors.versionMismatch({ orderId, expected: expectedVersion, actual: order.version });
    }
    return errors.notHolder({ orderId, holder: shortHolder(holder), version: order.version });
  }

  async function observed(command: MoveCommand, run: () => Promise<Order>): Promise<Order> {
    annotate({ order_id: command.orderId });
    const attributes = { "order.id": command.orderId, "order.status": shortStatus(command.to) };
    try {
      return await withSpan("order.move", { attributes }, async (span) => {
        const order = await run();
        span.setAttribute("order.version", order.version);
        return order;
      });
    } catch (error) {
      const outcome = error instanceof AppError ? error.reason.toLowerCase() : "failed";
      outcomes.inc({ to: shortStatus(command.to), outcome });
      throw error;
    }
  }

  return {
    move: (command, withMove) =>
      observed(command, async () => {
        const started = Date.now();
        const until = Math.min(started + waitMs, (command.deadlineAt ?? Number.POSITIVE_INFINITY) - answerMs);
        for (;;) {
          const order = await db.transaction((tx) => attempt(tx, command, withMove));
          if (order) {
            waited.observe({}, (Date.now() - started) / 1000);
            return order;
          }
          if (Date.now() + lookMs > until || command.signal?.aborted) {
            throw await db.transaction((tx) => notHere(tx, command));
          }
          await sleep(lookMs);
        }
      }),
    moveIn: (tx, command, withMove) =>
      observed(command, async () => {
        const order = await attempt(tx, command, withMove);
        if (!order) throw await notHere(tx, command);
        return order;
      }),
  };
}
