import type { LedgerEntry } from "../evidence";
import { isOrderId } from "../../order";
import type { Breach, Invariant } from "./invariant";
import { groupBy, type Seen } from "./seen";

const paid = new Set(["PAID", "IN_PRODUCTION", "MANUFACTURED", "PACKED", "SHIPPED", "DELIVERED"]);

/** Captures minus refunds is 1 for an order from PAID on, and 0 for any other; what was kept is the order's price. */
export const paymentsBalance: Invariant = {
  name: "payments-balance",
  promises: "The provider keeps the price of every order that is paid, once, and nothing of any other.",
  needs: ["services", "payments"],
  check(seen) {
    const byOrder = groupBy(seen.evidence.payments!.ledger, ({ orderId }) => orderId);
    const foreign = [...byOrder.keys()].filter((id) => isOrderId(id) && seen.eventsOf(id).length === 0);
    return [...seen.orderIds, ...foreign].flatMap((orderId) =>
      balanceOf(seen, orderId, byOrder.get(orderId) ?? []),
    );
  },
};

function balanceOf({ lastOf, eventsOf }: Seen, orderId: string, entries: readonly LedgerEntry[]): Breach[] {
  const status = lastOf(orderId)?.status ?? "an order that nobody knows";
  const captures = entries.filter(({ kind }) => kind === "capture").length;
  const refunds = entries.length - captures;
  const expected = paid.has(status) ? 1 : 0;
  const breach = (found: string, wanted: string): Breach => ({
    about: orderId,
    where: "the provider's ledger",
    found,
    expected: wanted,
  });
  if (captures - refunds !== expected)
    return [
      breach(`${captures} captures, ${refunds} refunds`, `captures - refunds = ${expected} for ${status}`),
    ];
  for (const [key, ofKey] of groupBy(entries, ({ paymentKey }) => paymentKey)) {
    const kinds = ofKey.map(({ kind }) => kind);
    if (
      kinds.filter((kind) => kind === "capture").length > 1 ||
      kinds.filter((kind) => kind === "refund").length > 1
    )
      return [breach(`payment ${key}: ${kinds.join(", ")}`, "one capture and one refund at most")];
  }
  const kept = entries.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const price = eventsOf(orderId).findLast((event) => event.price !== undefined)?.price?.totalMinor;
  if (expected === 1 && price !== undefined && kept !== price)
    return [breach(`${kept} kept`, `${price}, the price`)];
  return expected === 0 && kept !== 0 ? [breach(`${kept} kept`, "nothing kept")] : [];
}
