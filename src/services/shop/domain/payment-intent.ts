/**
 * A payment intent is Shop's resolve to charge a card once for an order, committed before the card is charged.
 *
 * `open`: the card may be charged at any moment. It ends as `captured`, in the transaction that makes the order PAID; as `declined`,
 * when the provider says so; or it becomes `voiding`: the resolve to call the payment off, committed before the provider is told,
 * so that nobody takes a charge that still lands for a payment. `voiding` ends as `voided` when the provider has acknowledged.
 * While an intent is `open` or `voiding` the order is neither cancelled nor paid again.
 */
export type IntentState = "open" | "captured" | "voiding" | "voided" | "declined";

export type PaymentIntent = {
  /** The provider knows the payment by it. */
  key: string;
  orderId: string;
  /** The version that was CONFIRMED when the intent was made. */
  orderVersion: number;
  /** The command that asked for it, when it had an id. */
  commandId?: string;
  state: IntentState;
  amountMinor: number;
  /** ISO 4217. */
  currency: string;
  /** All that is kept of the card. */
  cardLast4: string;
  actor: { role: string; id: string };
  /** W3C trace headers of the call that made the intent. */
  trace: Record<string, string>;
  createdAt: Date;
};

/** What the provider says about a key; undefined when it does not know it. */
export type ProviderState = "authorised" | "captured" | "declined" | "voided" | "refunded" | undefined;

/** What is to be done about an open intent. */
export type Verdict = "pay" | "decline" | "close as voided" | "void" | "wait";

/** Key of the n-th attempt to pay a version of an order. */
export function paymentKey(orderId: string, orderVersion: number, attempt: number): string {
  return `${orderId}:${orderVersion}:payment:${attempt}`;
}

/** Key of the refund that the cancellation at `orderVersion` makes. */
export function refundKey(orderId: string, orderVersion: number): string {
  return `${orderId}:${orderVersion}:refund`;
}

/**
 * Judges an open intent by the provider's word. A key that the provider does not know is no proof that the card was not charged, since the
 * charge may still land: it has to be voided. A payment that is authorised gets `patienceMs` to be captured.
 */
export function judge(state: ProviderState, ageMs: number, patienceMs: number): Verdict {
  switch (state) {
    case "captured":
      return "pay";
    case "declined":
      return "decline";
    case "voided":
    case "refunded":
      return "close as voided";
    case "authorised":
      return ageMs < patienceMs ? "wait" : "void";
    case undefined:
      return "void";
  }
}

/** Whether an intent may still end in a payment or a void. */
export function isUndecided(state: IntentState): boolean {
  return state === "open" || state === "voiding";
}
