import type { Queryable } from "../../../platform/postgres";
import type { DisagreementKind } from "../../../reconcile";
import { refundKey } from "../domain/payment-intent";
import { expectationsOf, refundAgain } from "../store/payment-comparison";
import type { PaymentProvider, Total } from "./provider";

export type PaymentDisagreement = {
  kind: Extract<DisagreementKind, "payment_missing" | "payment_unexpected" | "refund_missing">;
  orderId: string;
  /** The order's status at Shop; none: Shop does not know it. */
  status?: string;
  /** Captures minus refunds in the ledger. */
  net: number;
  /** Payments to be given back; none: only people can settle it. */
  giveBack: { paymentKey: string; refundKey: string }[];
};

/** Statuses of an order that has been paid and not cancelled. */
const paidStatuses = new Set(["PAID", "IN_PRODUCTION", "MANUFACTURED", "PACKED", "SHIPPED", "DELIVERED"]);

/**
 * Compares orders with the provider's ledger: captures minus refunds must be 1 from PAID on and 0 before it and for what was cancelled. Orders with a payment, a void or a
 * refund under way are left out: resolver and refunder are at them. At most 500 at a time.
 */
export async function comparePayments(
  db: Queryable,
  provider: Pick<PaymentProvider, "totals">,
  references: readonly string[],
): Promise<PaymentDisagreement[]> {
  if (references.length === 0) return [];
  const totals = new Map((await provider.totals(references)).map((each) => [each.reference, each]));
  // Read after the ledger: money that has come in since belongs to an intent that is seen here.
  const known = new Map((await expectationsOf(db, references)).map((each) => [each.orderId, each]));
  return references.flatMap((reference): PaymentDisagreement[] => {
    const { net, kept }: Pick<Total, "net" | "kept"> = totals.get(reference) ?? { net: 0, kept: [] };
    const order = known.get(reference);
    if (!order) return net > 0 ? [{ kind: "payment_unexpected", orderId: reference, net, giveBack: [] }] : [];
    if (order.unsettled) return [];
    const { status } = order;
    const isPaid = paidStatuses.has(status);
    if (net === (isPaid ? 1 : 0)) return [];
    if (net < 1) return [{ kind: "payment_missing", orderId: reference, status, net, giveBack: [] }];
    const kind = status === "CANCELLED" ? "refund_missing" : "payment_unexpected";
    const tooMuch = kept.filter((key) => !isPaid || key !== order.paymentKey);
    // A paid order whose own payment is not among those that were kept is nothing to give back from.
    const mayGiveBack = !isPaid || kept.includes(order.paymentKey);
    const giveBack = tooMuch.map((paymentKey) => ({
      paymentKey,
      refundKey:
        paymentKey === order.paymentKey ? refundKey(reference, order.version) : `${paymentKey}:refund`,
    }));
    return [{ kind, orderId: reference, status, net, giveBack: mayGiveBack ? giveBack : [] }];
  });
}

/** Hands what was kept too much to the refunder; false when there is nothing that a machine may give back. */
export async function repairPayment(
  db: Queryable,
  { orderId, giveBack }: PaymentDisagreement,
): Promise<boolean> {
  for (const each of giveBack) await refundAgain(db, { orderId, ...each });
  return giveBack.length > 0;
}
