import type { Principal } from "../../../platform/grpc";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import { untraced } from "../../../platform/telemetry";
import { errors } from "../domain/errors";
import { pricingRefusedTotal, pricingWaitEstimateSeconds } from "../metrics";
import type { PricingAdmissionConfig } from "./settings";
import { WaitEstimate } from "./wait-estimate";

/** Says at the door whether the queue of calculations can take more. It asks memory only, so a refusal costs no query. */
export type PricingAdmission = {
  /** Before a new order. Throws RESOURCE_EXHAUSTED, PRICING_QUEUE_LONG, with a time to come back. */
  mustTakeOrder(principal: Principal): void;
  /** Before an upload: its order was accepted, so it has the further bound whoever owns it. Throws the same. */
  mustTakeModel(principal: Principal): void;
};

const sampleMs = 1_000;
const longestRetryMs = 300_000;

/** Watches the queue until the host stops. */
export function openPricingAdmission(
  host: ServiceHost,
  db: Database,
  { partnerWaitS, customerWaitS }: PricingAdmissionConfig,
): PricingAdmission {
  const estimate = new WaitEstimate();
  const shown = host.metrics.gauge(pricingWaitEstimateSeconds).child({});
  const refused = host.metrics.counter(pricingRefusedTotal);
  // There from the start, so that an alert sees the first refusal.
  for (const role of ["customer", "partner"]) refused.child({ role });
  host.every("estimate-pricing-wait", sampleMs, async () => {
    const { queued, oldest_ms } = await untraced(() =>
      db.one<{ queued: number; oldest_ms: number }>(
        `SELECT count(*) AS queued, coalesce(extract(epoch FROM clock_timestamp() - min(queued_at)) * 1000, 0)::float8 AS oldest_ms
         FROM pricing_job WHERE state = 'queued'`,
      ),
    );
    estimate.sample(performance.now(), Number(queued), oldest_ms);
    shown.set(estimate.waitMs / 1000);
  });
  const must = ({ role }: Principal, boundS: number): void => {
    const boundMs = boundS * 1000;
    const { waitMs } = estimate;
    if (waitMs <= boundMs || (role !== "partner" && role !== "customer")) return;
    refused.inc({ role });
    // Not all at once: what they wait for is the same for all.
    const retryAfterMs = Math.min(longestRetryMs, 1_000 + (waitMs - boundMs) * (0.5 + Math.random()));
    throw errors.pricingQueueLong({ waitS: Math.round(waitMs / 1000), boundS }, { retryAfterMs });
  };
  return {
    mustTakeOrder: (principal) =>
      must(principal, principal.role === "partner" ? partnerWaitS : customerWaitS),
    mustTakeModel: (principal) => must(principal, customerWaitS),
  };
}
