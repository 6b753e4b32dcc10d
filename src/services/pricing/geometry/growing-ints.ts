import type { MemoryBudget } from "./budget";

/** Integers appended one by one, in memory that is accounted for. */
export class GrowingInts {
  values: Int32Array;
  length = 0;
  readonly #budget: MemoryBudget;

  constructor(budget: MemoryBudget, expected: number) {
    const capacity = Math.max(64, Math.ceil(expected));
    budget.reserve(capacity * 4);
    this.#budget = budget;
    this.values = new Int32Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.values.length) this.#grow();
    this.values[this.length++] = value;
  }

  /** Gives the memory back to the budget; the values must not be used after. */
  release(): void {
    this.#budget.release(this.values.byteLength);
    this.values = new Int32Array(0);
    this.length = 0;
  }

  #grow(): void {
    const old = this.values;
    const capacity = Math.ceil(this.length * 1.5);
    this.#budget.reserve(capacity * 4);
    this.values = new Int32Array(capacity);
    this.values.set(old);
    this.#budget.release(old.byteLength);
  }
}
