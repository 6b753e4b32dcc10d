import type { Baton } from "../../../baton";
import { OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { AppError } from "../../../platform/errors";
import type { Database } from "../../../platform/postgres";
import type { Metrics } from "../../../platform/telemetry";
import { type IntentState, isUndecided, judge, type PaymentIntent } from "../domain/payment-intent";
import { paymentIntentsTotal } from "../metrics";
import { intentByKey, moveIntent } from "../store/payment-intents";
import type { KnownState, PaymentProvider } from "./provider";

export type SettlementOptions = {
  db: Database;
  baton: Baton;
  provider: PaymentProvider;
  metrics: Metrics;
  /** How long an authorised payment may stay so before it is called off. */
  patienceMs: number;
};

/**
 * Carries an intent as far as it can be carried now, and returns the state it is in then. `known` is what the provider has just said; without it
 * the provider is asked. An error leaves the intent undecided: settle it again. May run for one intent in several processes at once: every
 * step is conditional on the state it starts from.
 */
export type Settle = (intent: PaymentIntent, known?: KnownState) => Promise<IntentState>;

/** Thrown in the transaction of a move to roll it back: the intent was no longer open. */
class IntentMovedError extends Error {
  override readonly name = "IntentMovedError";
}

/** Why an order cannot become PAID by an intent, ever. Whatever else a move throws is tried again. */
const hopeless = new Set([
  "VERSION_MISMATCH",
  "NOT_HOLDER",
  "ILLEGAL_TRANSITION",
  "ORDER_NOT_FOUND",
  "COMMAND_REUSED",
]);

export function createSettlement({ db, baton, provider, metrics, patienceMs }: SettlementOptions): Settle {
  const ended = metrics.counter(paymentIntentsTotal);
  for (const outcome of ["captured", "declined", "voided"]) ended.child({ outcome });

  async function end(
    intent: PaymentIntent,
    from: IntentState,
    to: "declined" | "voided",
  ): Promise<IntentState> {
    if (!(await moveIntent(db, intent.key, from, to))) return (await intentByKey(db, intent.key)).state;
    ended.inc({ outcome: to });
    return to;
  }

  async function finishVoid(intent: PaymentIntent): Promise<IntentState> {
    const state = await provider.cancel(intent.key);
    if (state === "authorised" || state === "captured") {
      throw new Error(
        `The provider answers the void of ${intent.key} with ${state}: that is no acknowledgement.`,
      );
    }
    return end(intent, "voiding", state === "declined" ? "declined" : "voided");
  }

  async function callOff(intent: PaymentIntent): Promise<IntentState> {
    // Committed before the provider hears of it: from here on no process takes a charge that still lands for a payment.
    if (!(await moveIntent(db, intent.key, "open", "voiding"))) {
      const { state } = await intentByKey(db, intent.key);
      if (state !== "voiding") return state;
    }
    return finishVoid(intent);
  }

  async function pay(intent: PaymentIntent): Promise<IntentState> {
    try {
      const order = await baton.move(
        {
          orderId: intent.orderId,
          expectedVersion: intent.orderVersion,
          ...(intent.commandId === undefined ? {} : { commandId: intent.commandId }),
          from: [OrderStatus.ORDER_STATUS_CONFIRMED],
          to: OrderStatus.ORDER_STATUS_PAID,
          actor: intent.actor,
          change: () => ({ paymentKey: intent.key }),
        },
        async (tx) => {
          if (!(await moveIntent(tx, intent.key, "open", "captured"))) throw new IntentMovedError();
          tx.onCommit(() => ended.inc({ outcome: "captured" }));
        },
      );
      if (order.paymentKey === intent.key) return "captured";
    } catch (error) {
      if (error instanceof IntentMovedError) return settleAgain(intent);
      if (!(error instanceof AppError && hopeless.has(error.reason))) throw error;
    }
    return callOff(intent);
  }

  async function settleAgain(intent: PaymentIntent): Promise<IntentState> {
    const { state } = await intentByKey(db, intent.key);
    return state === "voiding" ? finishVoid(intent) : state;
  }

  return async (intent, known) => {
    if (!isUndecided(intent.state)) return intent.state;
    if (intent.state === "voiding") return finishVoid(intent);
    const state = known ?? (await provider.find(intent.key));
    switch (judge(state, Date.now() - intent.createdAt.getTime(), patienceMs)) {
      case "pay":
        return pay(intent);
      case "decline":
        return end(intent, "open", "declined");
      case "close as voided":
        return end(intent, "open", "voided");
      case "void":
        return callOff(intent);
      case "wait":
        return "open";
    }
  };
}
