import { seededRandom } from "../bench/stats";

/** Chance that a seed repeats. One per case, so that a case can be made again without those before it. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** The dice of one case: the same for the same words. */
  static of(...words: readonly (string | number)[]): Dice {
    let hash = 0x811c9dc5;
    for (const code of Buffer.from(words.join("\n"))) hash = Math.imul(hash ^ code, 0x01000193);
    return new Dice(hash ^ (hash >>> 15));
  }

  /** From 0 to 1. */
  fraction(): number {
    return this.#random();
  }

  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True once in `times` on average. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  bytes(length: number): Buffer {
    const made = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at++) made[at] = this.below(256);
    return made;
  }

  /** Small numbers often, large ones sometimes: sizes of what is cut and repeated. */
  size(most: number): number {
    return Math.min(most, Math.floor((most + 1) ** this.#random()));
  }
}
