/**
 * Where a payment stands. `authorised` becomes `captured`, or `voided` when it is called off first; `captured` becomes `refunded`, by a refund
 * or by a void that came too late to stop it. `declined`, `voided` and `refunded` are final. A void of a key that nobody has used yet leaves a
 * payment that is `voided` from the start and has no charge: a tombstone, against which a charge that lands later fails.
 */
export type PaymentState = "authorised" | "captured" | "declined" | "voided" | "refunded";

/** What was asked for under a key; the card is kept as a token. */
export type Charge = {
  amountMinor: number;
  /** ISO 4217. */
  currency: string;
  /** Stands for the card number, which is not stored; the same card gives the same token. */
  cardToken: string;
  cardLast4: string;
  /** The merchant's word for what is paid: an order id. */
  reference: string;
};

export type Payment = {
  /** Chosen by the merchant; names the payment for good. */
  key: string;
  state: PaymentState;
  /** Absent in a tombstone. */
  charge?: Charge;
  createdAt: Date;
  updatedAt: Date;
};

/** What a void does to a payment in a state: end it, give the money back, or nothing. */
export const voidOf: Readonly<Record<PaymentState, { to: PaymentState; refunds: boolean }>> = {
  authorised: { to: "voided", refunds: false },
  captured: { to: "refunded", refunds: true },
  declined: { to: "declined", refunds: false },
  voided: { to: "voided", refunds: false },
  refunded: { to: "refunded", refunds: false },
};

/** Whether two charges are the same request. */
export function sameCharge(a: Charge, b: Charge): boolean {
  return (
    a.amountMinor === b.amountMinor &&
    a.currency === b.currency &&
    a.cardToken === b.cardToken &&
    a.reference === b.reference
  );
}
