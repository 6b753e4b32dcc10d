import type { Closable, ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import {
  nextWindow,
  openDisagreements,
  reconciliationCheckedTotal,
  settleMs,
  startReconciler,
  type Window,
} from "../../../reconcile";
import { changedOrders } from "../store/payment-comparison";
import { comparePayments, type PaymentDisagreement, repairPayment } from "./compare-payments";
import type { PaymentProvider } from "./provider";

type Options = {
  db: Database;
  provider: PaymentProvider;
  /** Time between two rounds, in milliseconds. Default 30,000. */
  everyMs?: number;
  /** How long a disagreement lasts before it counts and is repaired, in milliseconds. Default 60,000. */
  boundMs?: number;
  /** How young an order or an entry may be and still be left alone, in milliseconds. Default 30,000. */
  leaveMs?: number;
};

/** Two walks: Shop's orders by their last change, and the ledger by time, which alone shows money of orders that did not change. */
type Position = { orders: Window; ledger: Window };

const batch = 500;
const windowsPerRound = 10;
const nilUuid = "00000000-0000-0000-0000-000000000000";

/** Compares Shop's orders with the provider's ledger, both by time, and gives back what was kept too much. */
export function startPaymentReconciler(
  host: ServiceHost,
  { db, provider, everyMs = 30_000, boundMs = 60_000, leaveMs = settleMs }: Options,
): Closable & { wake(): void } {
  const open = (kind: PaymentDisagreement["kind"]) => openDisagreements(host.metrics, kind, boundMs);
  const kinds = {
    payment_missing: open("payment_missing"),
    payment_unexpected: open("payment_unexpected"),
    refund_missing: open("refund_missing"),
  };
  const all = Object.values(kinds);
  const checked = host.metrics.counter(reconciliationCheckedTotal).child({ subject: "payments" });

  async function look(orderIds: readonly string[]): Promise<void> {
    const unique = [...new Set(orderIds)];
    for (let from = 0; from < unique.length; from += batch) {
      const part = unique.slice(from, from + batch);
      const found = await comparePayments(db, provider, part);
      checked.inc(part.length);
      const faults = new Map(found.map((each) => [each.orderId, each]));
      for (const orderId of part) {
        for (const [kind, known] of Object.entries(kinds))
          if (faults.get(orderId)?.kind !== kind) known.settle(orderId);
      }
      for (const fault of found) await note(fault);
    }
  }

  async function note(fault: PaymentDisagreement): Promise<void> {
    const known = kinds[fault.kind];
    known.note(fault.orderId);
    if (!known.late().includes(fault.orderId) || !(await repairPayment(db, fault))) return;
    known.repaired();
    host.log.warn(
      { order_id: fault.orderId, kind: fault.kind },
      "money that was kept too much is given back",
    );
  }

  async function walkOrders(window: Window): Promise<Window> {
    const rows = await changedOrders(db, window, leaveMs, batch);
    await look(rows.map(({ orderId }) => orderId));
    const last = rows.at(-1);
    return last ? { ...window, at: last.at, id: last.orderId } : window;
  }

  async function walkLedger(window: Window): Promise<Window> {
    const until = new Date(Date.now() - leaveMs).toISOString();
    const entries = await provider.entries({ since: window.at, until, after: window.id });
    await look(entries.map(({ reference }) => reference));
    const last = entries.at(-1);
    return last ? { ...window, at: last.madeAt, id: String(last.entryId) } : window;
  }

  async function walk(
    window: Window,
    step: (window: Window) => Promise<Window>,
    signal: AbortSignal,
  ): Promise<Window> {
    for (let left = windowsPerRound; left > 0 && !signal.aborted; left--) {
      const next = await step(window);
      if (next === window) break;
      window = next;
    }
    return window;
  }

  return startReconciler<Position>(host, {
    db,
    subject: "payments",
    everyMs,
    async round(kept, signal) {
      await look(all.flatMap((kind) => kind.ids()));
      const orders = await walk(nextWindow(kept?.orders, nilUuid), walkOrders, signal);
      const ledger = await walk(nextWindow(kept?.ledger, "0"), walkLedger, signal);
      return { orders, ledger };
    },
    pass: () => all.forEach((kind) => kind.replace([])),
  });
}
