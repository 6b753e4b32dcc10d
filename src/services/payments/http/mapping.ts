import type { Payment, PaymentState } from "../domain/payment";

/** A payment as callers see it; a tombstone has no charge. */
export type PaymentAnswer = {
  key: string;
  state: PaymentState;
  createdAt: Date;
  updatedAt: Date;
  charge?: {
    amountMinor: number;
    currency: string;
    cardToken: string;
    cardLast4: string;
    reference: string;
  };
};

/** Names each field, so that nothing leaves by being added to the domain. */
export function toAnswer({ key, state, charge, createdAt, updatedAt }: Payment): PaymentAnswer {
  const answer: PaymentAnswer = { key, state, createdAt, updatedAt };
  if (charge) {
    const { amountMinor, currency, cardToken, cardLast4, reference } = charge;
    answer.charge = { amountMinor, currency, cardToken, cardLast4, reference };
  }
  return answer;
}
