import { median } from "../bench/stats";
import { type FaultKind, faultKinds } from "./schedule";
import type { FaultRun } from "./play";

export type Report = {
  cycles: number;
  seed: number;
  orders: number;
  /** Those that were made, by kind. */
  faults: Readonly<Record<FaultKind, number>>;
  violations: number;
  recovery_s: { p50: number; max: number };
};

/** What has been so far. */
export class Tally {
  readonly #faults = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  readonly #recovery: number[] = [];
  cycles = 0;
  orders = 0;
  violations = 0;

  add(faults: readonly FaultRun[], recoverySeconds: number): void {
    this.cycles += 1;
    this.#recovery.push(recoverySeconds);
    for (const { kind, failed } of faults) if (failed === undefined) this.#faults[kind] += 1;
  }

  report(seed: number): Report {
    const tenth = (seconds: number): number => Math.round(seconds * 10) / 10;
    return {
      cycles: this.cycles,
      seed,
      orders: this.orders,
      faults: { ...this.#faults },
      violations: this.violations,
      recovery_s: {
        p50: this.#recovery.length === 0 ? 0 : tenth(median(this.#recovery)),
        max: tenth(Math.max(0, ...this.#recovery)),
      },
    };
  }
}
