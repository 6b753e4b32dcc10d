import type { Holder, Order } from "../gen/alexandrite/order/v1/order";
import { decodeEvent, holderOf, nextOrder, shortHolder, shortStatus } from "../order";
import type { Database, Transaction } from "../platform/postgres";
import { planted } from "../platform/config";
import { AppError } from "../platform/errors";
import { annotate, type Metrics, whileIdle, withSpan } from "../platform/telemetry";
import type { Arrivals } from "./arrivals";
import type { CountEntry } from "./entries";
import { decide } from "./decide";
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
  arrivals: Arrivals;
};

/** Kept of the caller's deadline for answering. */
const answerMs = 100;

/** The command is ahead of the order as it is known here; `error` is what to say when the order does not catch up. */
type Early = { early: number; error: AppError };

/** A version that no order comes to. */
const never = Number.MAX_SAFE_INTEGER;

/** The word that there is no such order, for a caller who may not know of it. Throws what else `authorize` throws. */
function whyHidden({ authorize }: MoveCommand, order: Order): AppError | undefined {
  try {
    authorize?.(order);
    return undefined;
  } catch (error) {
    if (error instanceof AppError && error.category === "not_found") return error;
    throw error;
  }
}

/** Moves orders that `self` holds. */
export function createMover({ db, metrics, countEntry, self, topic, waitMs, arrivals }: Options): Mover {
  const outcomes = metrics.counter(orderMovesTotal);
  const waited = metrics.histogram(orderBatonWaitSeconds);

  /** One try under the row's lock. */
  async function attempt(tx: Transaction, command: MoveCommand, withMove?: WithMove): Promise<Order | Early> {
    const { orderId, commandId, to } = command;
    const before = await lockOrder(tx, orderId);
    const hidden = before && whyHidden(command, before);
    // A foreign order answers like a missing one, in its time too: where that would be waited for, so is this.
    if (hidden && decide(undefined, command, self).kind === "wait") return { early: never, error: hidden };
    if (hidden) throw hidden;
    const repeated =
      before && commandId && !planted("no-command-id")
        ? await readEventOfCommand(tx, orderId, commandId)
        : undefined;
    if (repeated) {
      const { order } = decodeEvent(repeated.value);
      if (order.status === to) return order;
      throw errors.commandReused({ orderId, became: shortStatus(order.status) });
    }
    const decision = decide(before, command, self);
    switch (decision.kind) {
      case "wait":
        return before
          ? { early: before.version, error: errors.notHolder(heldBy(before)) }
          : { early: 0, error: errors.orderNotFound({ orderId }) };
      case "not found":
        throw errors.orderNotFound({ orderId });
      case "version mismatch":
        throw errors.versionMismatch({ orderId, expected: command.expectedVersion, actual: decision.actual });
      case "not holder":
        throw errors.notHolder(heldBy(before!));
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
      // The call's one line tells where it brought the order.
      annotate({ order_status: shortStatus(after.status), order_version: String(after.version) });
      outcomes.inc({ to: shortStatus(after.status), outcome: "moved" });
      arrivals.tell(after.orderId);
    });
    return after;
  }

  /** Tries again with each version that arrives, until the order is moved, refused, or the time for waiting is over. */
  async function moveInTime(command: MoveCommand, withMove?: WithMove): Promise<Order> {
    const { orderId, deadlineAt = Number.POSITIVE_INFINITY, signal } = command;
    const startedAt = Date.now();
    const until = Math.min(startedAt + waitMs, deadlineAt - answerMs);
    for (let tries = 1; ; tries++) {
      const tried = await db.transaction((tx) => attempt(tx, command, withMove));
      if (!isEarly(tried)) {
        if (tries > 1) waited.observe({}, (Date.now() - startedAt) / 1000);
        return tried;
      }
      const { early } = tried;
      if (!(await whileIdle(() => arrivals.wait(orderId, early, { until, signal })))) {
        waited.observe({}, (Date.now() - startedAt) / 1000);
        throw tried.error;
      }
    }
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
    move: (command, withMove) => observed(command, () => moveInTime(command, withMove)),
    moveIn: (tx, command, withMove) =>
      observed(command, async () => {
        const tried = await attempt(tx, command, withMove);
        if (isEarly(tried)) throw tried.error;
        return tried;
      }),
  };
}

function isEarly(tried: Order | Early): tried is Early {
  return "early" in tried;
}

function heldBy({ orderId, status, version }: Order): { orderId: string; holder: string; version: number } {
  const holder = holderOf(status);
  return { orderId, holder: holder ? shortHolder(holder) : "nobody", version };
}
