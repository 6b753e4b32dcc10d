import type { Closable, ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import { extractTrace, runInScope, withSpan } from "../../../platform/telemetry";
import { paymentRefundOldestSeconds, paymentRefundsPending, paymentRefundsTotal } from "../metrics";
import { claimDueRefunds, markRefunded, pendingRefunds, type Refund, retryRefundIn } from "../store/refunds";
import { backOffMs } from "./back-off";
import type { PaymentProvider } from "./provider";

/** Guards a refund in hand against the other instances; a second one by the same key changes nothing. */
const leaseMs = 20_000;
const batch = 20;

/** Makes the refunds that cancellations have noted, at least once each, for ever until the provider has acknowledged. */
export function startRefunder(
  host: ServiceHost,
  { db, provider, pollMs = 500 }: { db: Database; provider: PaymentProvider; pollMs?: number },
): Closable & { wake(): void } {
  const attempts = host.metrics.counter(paymentRefundsTotal);
  for (const outcome of ["ok", "error"]) attempts.child({ outcome });
  const pending = host.metrics.gauge(paymentRefundsPending);
  const oldest = host.metrics.gauge(paymentRefundOldestSeconds);
  host.metrics.onCollect(async () => {
    const { count, oldestSeconds } = await pendingRefunds(db);
    pending.set({}, count);
    oldest.set({}, oldestSeconds);
  });

  async function refund(due: Refund, tries: number, signal: AbortSignal): Promise<void> {
    const { refundKey, orderId, paymentKey } = due;
    // A signal of its own, because many calls listen to it.
    const scope = {
      signal: AbortSignal.any([signal]),
      fields: { order_id: orderId, payment_key: paymentKey },
    };
    const work = async () => {
      try {
        await withSpan("refund payment", { attributes: { "order.id": orderId } }, () =>
          provider.refund(paymentKey, refundKey),
        );
        attempts.inc({ outcome: "ok" });
        if (await markRefunded(db, refundKey)) host.log.info({ tries }, "a cancelled order is refunded");
      } catch (error) {
        attempts.inc({ outcome: "error" });
        host.log.warn({ err: error, tries }, "a refund failed and will be tried again");
        await retryRefundIn(db, refundKey, backOffMs(tries));
      }
    };
    await runInScope(scope, work, extractTrace(due.trace));
  }

  return host.every("payment-refunder", pollMs, async (signal) => {
    for (let due = batch; due === batch && !signal.aborted;) {
      const claimed = await claimDueRefunds(db, batch, leaseMs);
      await Promise.all(claimed.map((each) => refund(each, each.tries, signal)));
      due = claimed.length;
    }
  });
}
