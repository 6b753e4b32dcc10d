import { median, quantile } from "simple-statistics";
import type { CallCounter } from "../roll/load";

/** How the calls of one method ended; `refused` says that the system had enough, `failed` anything else. Times are of calls that went well, in milliseconds. */
export type MethodFigures = { calls: number; refused: number; failed: number; p50: number; p95: number };

/** What an overloaded system may say. */
const refusals = new Set(["resource_exhausted", "unavailable", "deadline_exceeded"]);

/** Counts calls by method. */
export class MethodTally implements CallCounter {
  heldBack = 0;
  /** What was said, and how often. */
  readonly faults = new Map<string, number>();
  readonly #methods = new Map<string, { refused: number; failed: number; millis: number[] }>();

  async count(name: string, call: () => Promise<unknown>): Promise<void> {
    const method = this.#methods.get(name) ?? { refused: 0, failed: 0, millis: [] };
    this.#methods.set(name, method);
    const startedAt = performance.now();
    try {
      await call();
      method.millis.push(performance.now() - startedAt);
    } catch (error) {
      const { category = "error", message } = error as { category?: string; message?: string };
      if (refusals.has(category)) method.refused += 1;
      else method.failed += 1;
      const fault = `${name} ${category}: ${(message ?? String(error)).slice(0, 160)}`;
      this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
    }
  }

  /** Methods of which no call went well have no times: NaN. */
  figures(): Map<string, MethodFigures> {
    return new Map(
      [...this.#methods].map(([name, { refused, failed, millis }]) => {
        const [p50, p95] = millis.length === 0 ? [NaN, NaN] : [median(millis), quantile(millis, 0.95)];
        return [name, { calls: millis.length + refused + failed, refused, failed, p50, p95 }];
      }),
    );
  }
}
