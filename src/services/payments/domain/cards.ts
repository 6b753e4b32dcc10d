import { createHmac } from "node:crypto";
import type { PaymentState } from "./payment";

/** What the provider does with a card: the state that the charge leaves, and how it keeps its caller waiting. */
export type CardBehaviour = {
  state: Extract<PaymentState, "captured" | "declined" | "authorised">;
  /** The answer is held back until the caller has given up. */
  holds: boolean;
};

const approves: CardBehaviour = { state: "captured", holds: false };
const declines: CardBehaviour = { state: "declined", holds: false };

const testCards: Readonly<Record<string, CardBehaviour>> = {
  "4242424242424242": approves,
  "4000000000000002": declines,
  // Captures, then does not answer.
  "4000000000000259": { state: "captured", holds: true },
  // Authorises, does not answer, and captures later.
  "4000000000000341": { state: "authorised", holds: true },
};

/** The provider knows test cards only; it declines every other number. */
export function behaviourOf(card: string): CardBehaviour {
  return testCards[card] ?? declines;
}

/** What is stored instead of a card number: neither can be turned back into it without `secret`. */
export function maskCard(card: string, secret: Buffer): { cardToken: string; cardLast4: string } {
  return {
    cardToken: `card_${createHmac("sha256", secret).update(card).digest("hex").slice(0, 32)}`,
    cardLast4: card.slice(-4),
  };
}
