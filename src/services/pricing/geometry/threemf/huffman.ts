/** Codes up to this length are found in one look; longer ones, which are rare, bit by bit. */
const FAST_BITS = 10;
export const FAST_MASK = (1 << FAST_BITS) - 1;
export const MAX_BITS = 15;

/** The data is no DEFLATE stream, or ends early. */
export class InflateError extends Error {}

/** A canonical Huffman code. */
export class HuffmanCode {
  /** `symbol << 4 | length` by the next bits; 0 where the code is longer than FAST_BITS, or none. */
  readonly fast = new Uint16Array(1 << FAST_BITS);
  readonly counts = new Uint16Array(MAX_BITS + 1);
  readonly symbols = new Uint16Array(288);
  readonly #next = new Uint16Array(MAX_BITS + 2);

  build(lengths: Uint8Array, from: number, to: number): void {
    const { fast, counts, symbols } = this;
    const next = this.#next;
    fast.fill(0);
    counts.fill(0);
    for (let at = from; at < to; at++) counts[lengths[at]!]!++;
    const used = to - from - counts[0]!;
    counts[0] = 0;
    let left = 1;
    for (let length = 1; length <= MAX_BITS; length++) {
      left = left * 2 - counts[length]!;
      if (left < 0) throw new InflateError("a code with too many words");
    }
    // A code may be incomplete only where it has a single word of one bit, or none at all.
    if (left > 0 && !(used === 0 || (used === 1 && counts[1] === 1))) {
      throw new InflateError("an incomplete code");
    }
    next[1] = 0;
    for (let length = 1; length <= MAX_BITS; length++) next[length + 1] = next[length]! + counts[length]!;
    for (let at = from; at < to; at++) {
      const length = lengths[at]!;
      if (length !== 0) symbols[next[length]!++] = at - from;
    }
    let code = 0;
    for (let length = 1, n = 0; length <= FAST_BITS; length++) {
      code <<= 1;
      for (let word = 0; word < counts[length]!; word++, n++, code++) {
        const entry = (symbols[n]! << 4) | length;
        for (let slot = reverse(code, length); slot <= FAST_MASK; slot += 1 << length) fast[slot] = entry;
      }
    }
  }

  /** `symbol << 4 | length` of a word that is not in `fast`. */
  slow(hold: number): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_BITS; length++) {
      code |= (hold >>> (length - 1)) & 1;
      const count = this.counts[length]!;
      if (code - count < first) return (this.symbols[index + code - first]! << 4) | length;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new InflateError("bits that are no word of the code");
  }
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >>> bit) & 1) << (length - 1 - bit);
  return reversed;
}
