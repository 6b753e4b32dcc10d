import {
  comparePayments,
  type PaymentDisagreement,
  repairPayment,
} from "../../services/shop/payment/compare-payments";
import { changedOrders } from "../../services/shop/store/payment-comparison";
import type { Bounds, Compared, Finding } from "./finding";
import type { Sources } from "./sources";

const batch = 500;
const nil = "00000000-0000-0000-0000-000000000000";

/** Compares Shop's orders with the provider's ledger, and the ledger's entries with Shop's orders. */
export async function compareLedger(
  { database, provider }: Sources,
  { boundMs, sinceMs }: Bounds,
): Promise<Compared> {
  const db = await database("shop");
  const ledger = await provider();
  const findings = new Map<string, Finding>();
  const seen = new Set<string>();

  async function look(changes: readonly { orderId: string; at: string }[]): Promise<void> {
    const since = new Map(changes.map(({ orderId, at }) => [orderId, at]));
    for (const { orderId } of changes) seen.add(orderId);
    for (const fault of await comparePayments(db, ledger, [...since.keys()])) {
      const ageMs = Date.now() - new Date(since.get(fault.orderId)!).getTime();
      const older = Math.max(ageMs, findings.get(fault.orderId)?.ageMs ?? 0);
      findings.set(fault.orderId, describe(fault, older));
    }
  }

  function describe(fault: PaymentDisagreement, ageMs: number): Finding {
    const { kind, orderId, status, net, giveBack } = fault;
    const sides = `Shop ${status ? `has ${status}` : "does not know it"}, the ledger has ${net} captured and not given back`;
    const found = { kind, id: orderId, sides, ageMs };
    if (giveBack.length === 0)
      return { ...found, advice: "no machine may settle it: ask the provider, and the customer" };
    return {
      ...found,
      repair: {
        async run() {
          await repairPayment(db, fault);
          return `Shop's refunder gives back ${giveBack.map(({ paymentKey }) => paymentKey).join(", ")}`;
        },
        async stands() {
          const [now] = await ledger.totals([orderId]);
          return (now?.net ?? 0) > net - giveBack.length;
        },
      },
    };
  }

  for (let after = { at: new Date(sinceMs).toISOString(), id: nil }; ;) {
    const rows = await changedOrders(db, after, boundMs, batch);
    await look(rows);
    const last = rows.at(-1);
    if (!last) break;
    after = { at: last.at, id: last.orderId };
  }
  const until = new Date(Date.now() - boundMs).toISOString();
  for (let after = { since: new Date(sinceMs).toISOString(), after: "0" }; ;) {
    const entries = await ledger.entries({ ...after, until });
    await look(entries.map(({ reference, madeAt }) => ({ orderId: reference, at: madeAt })));
    const last = entries.at(-1);
    if (!last) break;
    after = { since: last.madeAt, after: String(last.entryId) };
  }
  return { scope: `${seen.size} orders of shop with the ledger`, findings: [...findings.values()] };
}
