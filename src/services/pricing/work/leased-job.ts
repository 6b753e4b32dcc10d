import type { JobLease, WorkRequest } from "../../../gen/alexandrite/mes/v1/mes_worker";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { Calculate, Calculated } from "../calculation/calculate";
import { pricingCalculationSeconds, pricingCpuSecondsTotal, pricingJobsTotal } from "../metrics";
import { formatOf } from "../calculation/job";

type Say = NonNullable<WorkRequest["message"]>;

/** Progress is told this often while a lease lasts, so that it is renewed twice before it could lapse. */
const renewalsPerLease = 3;

/** One leased job: its calculation, its renewals, and its end until MES has confirmed it. */
export class LeasedJob {
  readonly jobId: string;
  readonly fence: bigint;
  readonly #abort = new AbortController();
  readonly #renewal: NodeJS.Timeout;
  #progress = 0;
  #end: Say | undefined;

  constructor(host: ServiceHost, lease: JobLease, calculate: Calculate, say: (message: Say) => void) {
    this.jobId = lease.jobId;
    this.fence = lease.fence;
    this.#renewal = setInterval(() => say(this.status()), Math.max(50, lease.leaseMs / renewalsPerLease));
    const startedAt = performance.now();
    void calculate(lease, {
      onProgress: (fraction) => {
        this.#progress = Math.max(this.#progress, fraction);
        say(this.status());
      },
      signal: this.#abort.signal,
    }).then(
      (calculated) => {
        const { metrics } = host;
        const seconds = (performance.now() - startedAt) / 1000;
        metrics.histogram(pricingCalculationSeconds).observe({ format: formatOf(lease.format) }, seconds);
        metrics.counter(pricingCpuSecondsTotal).inc({}, calculated.cpuSeconds);
        metrics
          .counter(pricingJobsTotal)
          .inc({ outcome: calculated.kind === "done" ? "done" : calculated.reason.toLowerCase() });
        this.#end = this.#endOf(calculated);
        say(this.#end);
      },
      (error: unknown) => {
        if (this.#abort.signal.aborted) return;
        host.log.error({ err: error, job_id: this.jobId }, "A calculation broke");
        this.#end = this.#endOf(broken(error));
        say(this.#end);
      },
    );
  }

  /** What MES should know of this job now: how far it is, or how it ended. Renews the lease. */
  status(): Say {
    return (
      this.#end ?? {
        $case: "progress",
        value: { jobId: this.jobId, fence: this.fence, progress: this.#progress },
      }
    );
  }

  /** Ends the calculation and gives the lease back. */
  giveBack(): Say {
    if (this.#end) return this.#end;
    this.#abort.abort();
    this.#end = { $case: "returned", value: { jobId: this.jobId, fence: this.fence } };
    return this.#end;
  }

  /** Over, or no longer ours. */
  drop(): void {
    clearInterval(this.#renewal);
    this.#abort.abort();
  }

  #endOf(calculated: Calculated): Say {
    const { jobId, fence } = this;
    if (calculated.kind === "done") {
      const { geometry, unitPrice, cpuSeconds } = calculated;
      return { $case: "done", value: { jobId, fence, geometry, unitPrice, cpuSeconds } };
    }
    const { reason, message, deterministic } = calculated;
    return { $case: "failed", value: { jobId, fence, failure: { reason, message }, deterministic } };
  }
}

function broken(error: unknown): Calculated {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "failed", reason: "CALCULATION_BROKE", message, deterministic: false, cpuSeconds: 0 };
}
