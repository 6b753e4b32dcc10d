import { errorChain } from "../errors";
import { type Metrics, untraced } from "../telemetry";
import type { Closable, ReadinessReport } from "./host";
import { serviceReady } from "./metrics";

type CheckResult = ReadinessReport["checks"][string];

const checkTimeoutMs = 2_000;
const defaultPollMs = 2_000;

type Follower = { tell(report: ReadinessReport): void; told: boolean | undefined };

/**
 * The named checks behind `/readyz`. All run at once; each has two seconds. While somebody follows the verdict they also run every `pollMs`; between two
 * of those polls a follower is told nothing, so what it passes on cannot flap faster.
 */
export class Readiness {
  readonly #checks = new Map<string, () => Promise<void>>();
  readonly #followers = new Set<Follower>();
  readonly #metrics: Metrics;
  readonly #pollMs: number;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  #closed = false;

  constructor(metrics: Metrics, pollMs: number = defaultPollMs) {
    this.#metrics = metrics;
    this.#pollMs = pollMs;
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

  /** Tells the verdict, the first before this resolves, then each other one at the poll that finds it. Ends by `close`, of the result or of all. */
  async follow(tell: (report: ReadinessReport) => void): Promise<Closable> {
    const follower: Follower = { tell, told: undefined };
    const close = async (): Promise<void> => {
      this.#followers.delete(follower);
      if (this.#followers.size === 0) clearTimeout(this.#timer);
    };
    if (this.#closed) return { close };
    this.#followers.add(follower);
    // A poll that is under way began before this follower came; it does for it as well.
    await (this.#polling ?? this.poll());
    return { close };
  }

  /** Polls now instead of at the end of the wait: what is known to have changed need not wait. */
  async poll(): Promise<void> {
    // One that is under way may have looked before the change.
    await this.#polling;
    clearTimeout(this.#timer);
    if (this.#closed || this.#followers.size === 0) return;
    await (this.#polling ??= this.#pollOnce().finally(() => (this.#polling = undefined)));
  }

  /** Followers are told nothing more; what stops tells its own end. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#followers.clear();
  }

  async #pollOnce(): Promise<void> {
    const report = await untraced(() => this.report());
    for (const follower of this.#followers) {
      if (follower.told === report.ready) continue;
      follower.told = report.ready;
      follower.tell(report);
    }
    if (this.#closed || this.#followers.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.poll(), this.#pollMs).unref();
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
