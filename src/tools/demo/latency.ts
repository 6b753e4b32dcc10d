/** Collects how long each step took and prints them by step. */
export class Latencies {
  readonly #millisByStep = new Map<string, number[]>();

  /** Runs a step and remembers how long it took, when it ended well. */
  async time<T>(step: string, run: () => Promise<T>): Promise<T> {
    const started = process.hrtime.bigint();
    const result = await run();
    const millis = Number(process.hrtime.bigint() - started) / 1e6;
    this.#millisByStep.set(step, [...(this.#millisByStep.get(step) ?? []), millis]);
    return result;
  }

  /** Rows of the closing table: step, count, median, p99 and maximum in milliseconds. */
  table(): string[] {
    const rows = [...this.#millisByStep].map(([step, millis]) => [
      step,
      String(millis.length),
      ...[quantile(millis, 0.5), quantile(millis, 0.99), Math.max(...millis)].map((value) =>
        value.toFixed(0),
      ),
    ]);
    const all = [["step", "count", "median ms", "p99 ms", "max ms"], ...rows];
    const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
    return all.map((row) =>
      row
        .map((text, column) => (column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
        .join("  "),
    );
  }

  p99(): Record<string, number> {
    return Object.fromEntries(
      [...this.#millisByStep].map(([step, millis]) => [step, Math.round(quantile(millis, 0.99))]),
    );
  }
}

/** The smallest value that at least this share of the values does not exceed (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
