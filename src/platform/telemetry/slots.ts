import { nextExemplar } from "./exemplar-traces";

/** A sample's link to a trace that caused it. */
export type Exemplar = { traceId: string; value: number; atMs: number };

/** One label set of a counter: recording is an addition, nothing is looked up. */
export class CounterSlot {
  value = 0;
  exemplar: Exemplar | undefined;

  /** Adds `by`, 1 by default; what is negative or no number is ignored, for a counter must not fall. */
  inc(by = 1, traceId?: string): void {
    if (!(by >= 0)) return;
    this.value += by;
    if (traceId !== undefined) this.exemplar = nextExemplar(this.exemplar, traceId, by);
  }
}

/** One label set of a gauge. */
export class GaugeSlot {
  value = 0;

  set(value: number): void {
    this.value = value;
  }
  inc(by = 1): void {
    this.value += by;
  }
  dec(by = 1): void {
    this.value -= by;
  }
}

/** One label set of a histogram. */
export class HistogramSlot {
  /** Observations per bucket, not cumulated; the last is the one above all bounds. */
  readonly counts: Float64Array;
  sum = 0;
  exemplars: (Exemplar | undefined)[] | undefined;
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** Records one value; with a trace id it becomes its bucket's exemplar, unless that is younger than 10 s. What is no number is ignored. */
  observe(value: number, traceId?: string): void {
    if (value !== value) return;
    const bounds = this.#bounds;
    let bucket = 0;
    // Bounds are few and calls are mostly fast, so a walk from below beats a binary search.
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += value;
    if (traceId !== undefined) {
      const exemplars = (this.exemplars ??= new Array<Exemplar | undefined>(bounds.length + 1).fill(
        undefined,
      ));
      exemplars[bucket] = nextExemplar(exemplars[bucket], traceId, value);
    }
  }
}
