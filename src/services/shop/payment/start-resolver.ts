import type { Closable, ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import { extractTrace, runInScope, withSpan } from "../../../platform/telemetry";
import type { PaymentIntent } from "../domain/payment-intent";
import { paymentIntentOldestSeconds, paymentIntentsOpen, paymentResolutionsTotal } from "../metrics";
import { claimDueIntents, resolveIntentIn, undecidedIntents } from "../store/payment-intents";
import { backOffMs } from "./back-off";
import type { Settle } from "./settle-intent";

/** Guards an intent in hand against the other instances; longer than a round takes, and harmless when it is not. */
const leaseMs = 20_000;
const batch = 20;

/**
 * Looks after intents whose result is not known: after a timeout, an error of the provider, or the end of the process that made them. Runs
 * in every instance, for ever, until each intent has ended.
 */
export function startResolver(
  host: ServiceHost,
  { db, settle, pollMs = 500 }: { db: Database; settle: Settle; pollMs?: number },
): Closable & { wake(): void } {
  const rounds = host.metrics.counter(paymentResolutionsTotal);
  for (const outcome of ["captured", "declined", "voided", "waiting", "failed"]) rounds.child({ outcome });
  const open = host.metrics.gauge(paymentIntentsOpen);
  const oldest = host.metrics.gauge(paymentIntentOldestSeconds);
  host.metrics.onCollect(async () => {
    const { count, oldestSeconds } = await undecidedIntents(db);
    open.set({}, count);
    oldest.set({}, oldestSeconds);
  });

  async function resolve(intent: PaymentIntent, tries: number, signal: AbortSignal): Promise<void> {
    // A signal of its own, because many calls listen to it.
    const scope = {
      signal: AbortSignal.any([signal]),
      fields: { order_id: intent.orderId, payment_key: intent.key },
    };
    const parent = extractTrace(intent.trace);
    await runInScope(
      scope,
      async () => {
        try {
          const state = await withSpan(
            "resolve payment",
            { attributes: { "order.id": intent.orderId } },
            () => settle(intent),
          );
          rounds.inc({ outcome: state === "open" || state === "voiding" ? "waiting" : state });
          if (state === "open") await resolveIntentIn(db, intent.key, 1_000);
          else host.log.info({ payment_state: state, tries }, "a payment with an unknown result is resolved");
        } catch (error) {
          rounds.inc({ outcome: "failed" });
          host.log.warn({ err: error, tries }, "a payment is still unresolved");
          await resolveIntentIn(db, intent.key, backOffMs(tries));
        }
      },
      parent,
    );
  }

  return host.every("payment-resolver", pollMs, async (signal) => {
    for (let due = batch; due === batch && !signal.aborted;) {
      const claimed = await claimDueIntents(db, batch, leaseMs);
      await Promise.all(claimed.map(({ intent, tries }) => resolve(intent, tries, signal)));
      due = claimed.length;
    }
  });
}
