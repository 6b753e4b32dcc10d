import { setTimeout as sleep } from "node:timers/promises";
import type { Baton } from "../../../baton";
import { Holder, type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { decodeEvent, holderOf, shortStatus } from "../../../order";
import { AppError } from "../../../platform/errors";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import { currentScope, runInScope } from "../../../platform/telemetry";
import { errors } from "../domain/errors";
import { isUndecided, type PaymentIntent } from "../domain/payment-intent";
import { intentByKey, resolveIntentIn } from "../store/payment-intents";
import { openIntent, type PayCommand } from "./open-intent";
import type { PaymentProvider } from "./provider";
import type { Settle } from "./settle-intent";

/** Takes payments. */
export type Cashier = {
  /**
   * Pays an order: commits the intent, charges the card outside any transaction, makes the order PAID. When the provider's word is missing the resolver finds
   * out, and this waits for it as long as the deadline allows. A repeat of a command answers as the first call did, or waits for the same end. Errors: those of
   * `openIntent`; CARD_DECLINED; PAYMENT_VOIDED; PAYMENT_UNRESOLVED; COMMAND_REUSED.
   */
  pay(command: PayCommand): Promise<Order>;
};

export type CashierOptions = {
  db: Database;
  baton: Baton;
  provider: PaymentProvider;
  settle: Settle;
  resolver: { wake(): void };
  /** Bound of one request to the provider: until then, and a little longer, the resolver leaves a new intent alone. */
  chargeTimeoutMs: number;
};

/** Whether somebody else may move the order on, and hand it over to Shop. */
function isUnderWay({ status }: Order): boolean {
  const holder = holderOf(status);
  return holder !== undefined && holder !== Holder.HOLDER_SHOP;
}

/** Longest that a payment waits for its order to arrive, in milliseconds. */
const arrivalMs = 5_000;
/** Kept of the caller's deadline for answering. */
const answerMs = 150;
/** How long after the charge's time is up the resolver takes a new intent for abandoned. */
const graceMs = 3_000;

export function createCashier(host: ServiceHost, options: CashierOptions): Cashier {
  const { db, baton, provider, settle, resolver, chargeTimeoutMs } = options;

  /** Waits for the version that the caller saw: whoever confirmed the order may be quicker than the event. */
  async function arrival({
    orderId,
    expectedVersion,
    authorize,
    signal,
    deadlineAt,
  }: PayCommand): Promise<void> {
    const found = await baton.get(orderId);
    const hidden = found && whyHidden(authorize, found);
    const known = hidden ? undefined : found;
    if (known && (known.version >= expectedVersion || !isUnderWay(known))) return;
    const waitMs = Math.max(0, Math.min(arrivalMs, deadlineAt - answerMs - Date.now()));
    const limits = [AbortSignal.timeout(waitMs), ...(signal ? [signal] : [])];
    const patience = AbortSignal.any(limits);
    // A foreign order answers like a missing one, in its time too.
    if (hidden) {
      await aborted(patience);
      throw hidden;
    }
    for await (const order of baton.watch(orderId, expectedVersion - 1, patience)) {
      authorize?.(order);
      return;
    }
  }

  async function mustBePayCommand({ orderId, commandId }: PayCommand): Promise<void> {
    if (commandId === undefined) return;
    const made = (await baton.events(orderId, 0, 100)).map(({ value }) => decodeEvent(value));
    const earlier = made.find((event) => event.commandId === commandId);
    if (earlier && earlier.status !== OrderStatus.ORDER_STATUS_PAID) {
      throw errors.commandReused({ orderId, became: shortStatus(earlier.status) });
    }
  }

  async function charge(intent: PaymentIntent, card: string): Promise<void> {
    const { key, amountMinor, currency, orderId } = intent;
    try {
      const known = await provider.charge({ key, amountMinor, currency, card, reference: orderId });
      const state = await settle(intent, known);
      if (!isUndecided(state)) return;
    } catch (error) {
      host.log.warn(
        { err: error, payment_key: key },
        "the result of a payment is unknown; it will be resolved",
      );
    }
    await resolveIntentIn(db, key, 0);
    resolver.wake();
  }

  async function decided(key: string, { signal, deadlineAt }: PayCommand): Promise<PaymentIntent> {
    for (let waitMs = 25; ; waitMs = Math.min(waitMs * 1.5, 250)) {
      const intent = await intentByKey(db, key);
      const outOfTime = Date.now() + waitMs > deadlineAt - answerMs || signal?.aborted;
      if (!isUndecided(intent.state) || outOfTime) return intent;
      await sleep(waitMs);
    }
  }

  async function orderPaidBy({ orderId, orderVersion }: PaymentIntent): Promise<Order> {
    const [paid] = await baton.events(orderId, orderVersion, 1);
    if (!paid) throw new Error(`Order ${orderId} has a captured payment but no version ${orderVersion + 1}.`);
    return decodeEvent(paid.value).order;
  }

  return {
    async pay(command) {
      await arrival(command);
      await mustBePayCommand(command);
      const { intent, isNew } = await openIntent(db, command, chargeTimeoutMs + graceMs);
      if (isNew) {
        // Once the intent stands, a caller who leaves stops nothing: what was begun is carried through in a scope without their deadline.
        const scope = { fields: { ...currentScope()?.fields, payment_key: intent.key } };
        await runInScope(scope, () => charge(intent, command.card));
      }
      const { orderId } = command;
      const { state, cardLast4 } = await decided(intent.key, command);
      switch (state) {
        case "captured":
          return orderPaidBy(intent);
        case "declined":
          throw errors.cardDeclined({ orderId, last4: cardLast4 });
        case "voided":
          throw errors.paymentVoided({ orderId });
        case "open":
        case "voiding":
          throw errors.paymentUnresolved({ orderId });
      }
    },
  };
}

/** The word that there is no such order, for a caller who may not know of it. */
function whyHidden(authorize: PayCommand["authorize"], order: Order): AppError | undefined {
  try {
    authorize?.(order);
    return undefined;
  } catch (error) {
    if (error instanceof AppError && error.category === "not_found") return error;
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
