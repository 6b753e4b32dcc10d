import type { Closable, ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import { decodeEvent } from "../../../order";
import { extractTrace, runInScope, untraced } from "../../../platform/telemetry";
import { webhookDeliveriesTotal, webhookOldestPendingSeconds } from "../metrics";
import { backOffMs } from "./back-off";
import { bodyOf } from "./body";
import { createPoster, type Posted } from "./post";
import { signedHeaders } from "./sign";
import {
  type ClaimedDelivery,
  claimDeliveries,
  disableWebhook,
  failOrphans,
  oldestPendingSeconds,
  settleDelivery,
  type Verdict,
} from "./store";

export type WebhookOptions = {
  allowPrivate: boolean;
  timeoutMs: number;
  firstRetryMs: number;
  giveUpHours: number;
};

export type WebhookSender = Closable & {
  /** Looks for deliveries now. */
  wake(): void;
};

const lookMs = 250;
const atATime = 16;
/** Beyond an attempt's own bound: storing it takes a moment too. */
const leaseSlackMs = 20_000;

/**
 * Sends what is due to partners' webhooks until it is closed, at least once. Any number of instances may run: each delivery is leased by one at a time. In one
 * instance a webhook gets one delivery at a time, and webhooks take turns, so that a slow server, or one with a long row of deliveries, takes one place of sixteen.
 */
export function startWebhookSender(host: ServiceHost, db: Database, options: WebhookOptions): WebhookSender {
  const poster = createPoster(options);
  const outcomes = host.metrics.counter(webhookDeliveriesTotal);
  const oldest = host.metrics.gauge(webhookOldestPendingSeconds);
  const busy = new Map<string, Promise<void>>();

  async function deliver(delivery: ClaimedDelivery): Promise<void> {
    const { order } = decodeEvent(delivery.value);
    const body = bodyOf(order);
    const id = `${delivery.order_id}:${delivery.version}:webhook`;
    const headers = signedHeaders(delivery.secret, { id, body, at: new Date() });
    const posted = await poster.post(delivery.url, headers, body);
    const state = await settleDelivery(db, delivery, posted, verdictOf(delivery, posted, options));
    if (state) outcomes.inc({ outcome: state === "pending" ? "retried" : state });
    if (posted.status === 410) await disableWebhook(db, delivery.webhook_id, "GONE");
    if (posted.error !== "") {
      const fields = { order_id: delivery.order_id, delivery_id: delivery.delivery_id, error: posted.error };
      const tries = delivery.tries + 1;
      host.log.warn({ ...fields, tries }, `webhook not delivered: ${state ?? "in other hands"}`);
    }
  }

  function begin(delivery: ClaimedDelivery): void {
    const fields = { order_id: delivery.order_id };
    const sending = runInScope({ fields }, () => deliver(delivery), extractTrace(delivery.headers))
      .catch((error: unknown) => host.log.error({ err: error, ...fields }, "A webhook could not be sent"))
      .finally(() => {
        busy.delete(delivery.webhook_id);
        loop.wake();
      });
    busy.set(delivery.webhook_id, sending);
  }

  const loop = host.every("webhooks", lookMs, async (signal) => {
    const limit = atATime - busy.size;
    if (limit <= 0 || signal.aborted) return;
    const leaseMs = options.timeoutMs + leaseSlackMs;
    const due = await untraced(() => claimDeliveries(db, { limit, leaseMs, busy: [...busy.keys()] }));
    due.forEach(begin);
  });
  const measure = host.every("measure-webhooks", 5_000, async () => {
    await untraced(() => failOrphans(db));
    oldest.set({}, await untraced(() => oldestPendingSeconds(db)));
  });

  return {
    wake: () => loop.wake(),
    async close() {
      await Promise.all([loop.close(), measure.close()]);
      // What is cut off here is sent again when its lease has lapsed.
      await Promise.race([
        Promise.all(busy.values()),
        new Promise((resolve) => setTimeout(resolve, 2_000).unref()),
      ]);
      await poster.close();
      await Promise.all(busy.values());
    },
  };
}

/** 2xx is delivered, 410 is final, anything else is tried again until its time is over. */
function verdictOf(
  { tries }: ClaimedDelivery,
  { error, status }: Posted,
  { firstRetryMs, giveUpHours }: WebhookOptions,
): Verdict {
  if (error === "") return { kind: "delivered" };
  if (status === 410) return { kind: "failed" };
  return { kind: "again", waitMs: backOffMs(tries + 1, firstRetryMs), giveUpHours };
}
