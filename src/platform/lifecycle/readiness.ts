import { errorChain } from "../errors";
import type { Metrics } from "../telemetry";
import { serviceReady } from "./metrics";

export type CheckResult = { ok: boolean; error?: string; ms: number };
export type ReadinessReport = { ready: boolean; checks: Record<string, CheckResult> };

const checkTimeoutMs = 2_000;

/** The named checks behind `/readyz`. All run at once; each has two seconds. */
export class Readiness {
  readonly #checks = new Map<string, () => Promise<void>>();
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  add(name: string, check: () => Promise<void>): void {
    if (this.#checks.has(name)) throw new Error(`Readiness check ${name} is registered twice.`);
    this.#checks.set(name, check);
  }

  remove(name: string): void {
    this.#checks.delete(name);
  }

  async report(): Promise<ReadinessReport> {
    const entries = await Promise.all(
      [...this.#checks].map(async ([name, check]) => [name, await this.#run(name, check)] as const),
    );
    return { ready: entries.every(([, result]) => result.ok), checks: Object.fromEntries(entries) };
  }

  async #run(name: string, check: () => Promise<void>): Promise<CheckResult> {
    const startedAt = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${checkTimeoutMs} ms`)), checkTimeoutMs);
    });
    let error: string | undefined;
    try {
      await Promise.race([check(), late]);
    } catch (thrown) {
      error = errorChain(thrown);
    } finally {
      clearTimeout(timer);
    }
    this.#metrics.gauge(serviceReady).set({ check: name }, error === undefined ? 1 : 0);
    const ms = Math.round(performance.now() - startedAt);
    return error === undefined ? { ok: true, ms } : { ok: false, error, ms };
  }
}
