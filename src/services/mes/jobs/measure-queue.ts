import type { ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import { untraced } from "../../../platform/telemetry";
import { pricingJobs, pricingQueueOldestSeconds } from "../metrics";

/** Keeps the gauges of the pricing queue up to date. */
export async function measureQueue({ metrics }: ServiceHost, db: Database): Promise<void> {
  const { queued, running, oldest } = await untraced(() =>
    db.one<{ queued: number; running: number; oldest: number }>(
      `SELECT count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'running') AS running,
         coalesce(extract(epoch FROM clock_timestamp() - min(queued_at) FILTER (WHERE state = 'queued')), 0)::float8 AS oldest
       FROM pricing_job WHERE state IN ('queued', 'running')`,
    ),
  );
  metrics.gauge(pricingJobs).set({ state: "queued" }, queued);
  metrics.gauge(pricingJobs).set({ state: "running" }, running);
  metrics.gauge(pricingQueueOldestSeconds).set({}, oldest);
}
