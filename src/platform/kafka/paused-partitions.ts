import type { GaugeSlot } from "../telemetry";

const firstMs = 250;
const longestMs = 5_000;

/** Partitions that wait before their failed message is delivered again: each failure in a row doubles the wait, with jitter. */
export class PausedPartitions {
  readonly #gauge: GaugeSlot;
  readonly #failures = new Map<number, number>();
  readonly #timers = new Map<number, NodeJS.Timeout>();

  constructor(gauge: GaugeSlot) {
    this.#gauge = gauge;
  }

  /** `resume` runs after the wait, unless `clear` comes first. */
  pause(partition: number, resume: () => void): void {
    const failures = (this.#failures.get(partition) ?? 0) + 1;
    this.#failures.set(partition, failures);
    const waitMs = Math.min(longestMs, firstMs * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
    clearTimeout(this.#timers.get(partition));
    const timer = setTimeout(() => {
      this.#timers.delete(partition);
      this.#gauge.set(this.#timers.size);
      resume();
    }, waitMs);
    this.#timers.set(partition, timer);
    this.#gauge.set(this.#timers.size);
  }

  /** The partition works again. */
  succeeded(partition: number): void {
    this.#failures.delete(partition);
  }

  /** The consumer is gone, and with it what was paused. The count of failures stays: its successor starts with the same message. */
  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#gauge.set(0);
  }
}
