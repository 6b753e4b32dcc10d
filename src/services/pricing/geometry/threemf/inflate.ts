import { FAST_MASK, HuffmanCode, InflateError, MAX_BITS } from "./huffman";

const HISTORY = 32 * 1024;
const BUFFER = 128 * 1024;
const LONGEST_MATCH = 258;
const END_OF_BLOCK = 256;

const LENGTH_BASE = Uint16Array.from([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
]);
const LENGTH_EXTRA = Uint8Array.from([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const DISTANCE_BASE = Uint16Array.from([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
]);
const DISTANCE_EXTRA = Uint8Array.from([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]);
const CODE_LENGTH_ORDER = Uint8Array.from([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

/** What comes out, valid until the call returns, and how many packed bytes it took so far. */
export type TakeBytes = (bytes: Uint8Array, packedBytes: number) => void;

/**
 * DEFLATE (RFC 1951) into one buffer that is used again and again. A library's streaming inflate makes new buffers
 * for every piece, and garbage of 60 MB lies about before it is collected: more than a whole measurement may use.
 *
 * Unpacks all of `packed`. Throws InflateError, or whatever `take` throws.
 */
export function inflate(packed: Uint8Array, take: TakeBytes): void {
  new Inflater(packed, take).run();
}

class Inflater {
  readonly #packed: Uint8Array;
  readonly #take: TakeBytes;
  readonly #out = new Uint8Array(BUFFER);
  readonly #literals = new HuffmanCode();
  readonly #distances = new HuffmanCode();
  readonly #lengths = new Uint8Array(320);
  #at = 0;
  #hold = 0;
  #bits = 0;
  /** Where in `#out` the next byte goes, and how much of it was taken. */
  #written = 0;
  #taken = 0;

  constructor(packed: Uint8Array, take: TakeBytes) {
    this.#packed = packed;
    this.#take = take;
  }

  run(): void {
    let last = false;
    while (!last) {
      last = this.#read(1) === 1;
      const type = this.#read(2);
      if (type === 0) this.#storedBlock();
      else if (type === 3) throw new InflateError("a block of unknown type");
      else {
        if (type === 1) this.#fixedCodes();
        else this.#dynamicCodes();
        this.#codedBlock();
      }
      // Zeros are read beyond the end; here it shows.
      if (this.#at - (this.#bits >> 3) > this.#packed.length) throw new InflateError("unexpected end");
    }
    this.#flush();
  }

  #read(count: number): number {
    while (this.#bits < count) {
      this.#hold |= (this.#at < this.#packed.length ? this.#packed[this.#at]! : 0) << this.#bits;
      this.#at++;
      this.#bits += 8;
    }
    const value = this.#hold & ((1 << count) - 1);
    this.#hold >>>= count;
    this.#bits -= count;
    return value;
  }

  #flush(): void {
    const written = this.#written;
    if (written > this.#taken)
      this.#take(this.#out.subarray(this.#taken, written), this.#at - (this.#bits >> 3));
    const kept = Math.min(written, HISTORY);
    this.#out.copyWithin(0, written - kept, written);
    this.#written = kept;
    this.#taken = kept;
  }

  #storedBlock(): void {
    const packed = this.#packed;
    let at = this.#at - (this.#bits >> 3);
    this.#hold = 0;
    this.#bits = 0;
    if (at + 4 > packed.length) throw new InflateError("unexpected end");
    let left = packed[at]! | (packed[at + 1]! << 8);
    if (left !== (~(packed[at + 2]! | (packed[at + 3]! << 8)) & 0xffff)) {
      throw new InflateError("a stored block whose length is in doubt");
    }
    at += 4;
    if (at + left > packed.length) throw new InflateError("unexpected end");
    this.#at = at + left;
    while (left > 0) {
      if (this.#written === BUFFER) this.#flush();
      const part = packed.subarray(at, at + Math.min(left, BUFFER - this.#written));
      this.#out.set(part, this.#written);
      this.#written += part.length;
      at += part.length;
      left -= part.length;
    }
  }

  #fixedCodes(): void {
    this.#lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288).fill(5, 288, 320);
    this.#literals.build(this.#lengths, 0, 288);
    this.#distances.build(this.#lengths, 288, 320);
  }

  #dynamicCodes(): void {
    const lengths = this.#lengths;
    const literals = this.#read(5) + 257;
    const distances = this.#read(5) + 1;
    const given = this.#read(4) + 4;
    if (literals > 286 || distances > 30) throw new InflateError("too many words");
    lengths.fill(0, 0, 19);
    for (let n = 0; n < given; n++) lengths[CODE_LENGTH_ORDER[n]!] = this.#read(3);
    this.#literals.build(lengths, 0, 19);
    const total = literals + distances;
    for (let n = 0; n < total;) {
      const symbol = this.#symbol(this.#literals);
      if (symbol < 16) {
        lengths[n++] = symbol;
        continue;
      }
      if (symbol === 16 && n === 0) throw new InflateError("a repeated length without one before");
      const value = symbol === 16 ? lengths[n - 1]! : 0;
      const times =
        symbol === 16 ? 3 + this.#read(2) : symbol === 17 ? 3 + this.#read(3) : 11 + this.#read(7);
      if (n + times > total) throw new InflateError("too many lengths");
      lengths.fill(value, n, n + times);
      n += times;
    }
    if (lengths[END_OF_BLOCK] === 0) throw new InflateError("a block that cannot end");
    this.#literals.build(lengths, 0, literals);
    this.#distances.build(lengths, literals, total);
  }

  #symbol(code: HuffmanCode): number {
    while (this.#bits < MAX_BITS) {
      this.#hold |= (this.#at < this.#packed.length ? this.#packed[this.#at]! : 0) << this.#bits;
      this.#at++;
      this.#bits += 8;
    }
    const entry = code.fast[this.#hold & FAST_MASK]! || code.slow(this.#hold);
    this.#hold >>>= entry & 15;
    this.#bits -= entry & 15;
    return entry >>> 4;
  }

  /** The loop that all the time goes into: its state is in local variables, and bits are refilled in place. */
  #codedBlock(): void {
    const packed = this.#packed;
    const end = packed.length;
    const out = this.#out;
    const literals = this.#literals;
    const distances = this.#distances;
    const literalsFast = literals.fast;
    const distancesFast = distances.fast;
    let at = this.#at;
    let hold = this.#hold;
    let bits = this.#bits;
    let written = this.#written;
    for (;;) {
      if (written > BUFFER - LONGEST_MATCH) {
        if (at > end + 8) throw new InflateError("unexpected end");
        [this.#at, this.#hold, this.#bits, this.#written] = [at, hold, bits, written];
        this.#flush();
        written = this.#written;
      }
      for (; bits <= 24; bits += 8, at++) hold |= (at < end ? packed[at]! : 0) << bits;
      let entry = literalsFast[hold & FAST_MASK]!;
      if (entry === 0) entry = literals.slow(hold);
      hold = (hold >>> (entry & 15)) | 0;
      bits -= entry & 15;
      const symbol = entry >>> 4;
      if (symbol < END_OF_BLOCK) {
        out[written++] = symbol;
        continue;
      }
      if (symbol === END_OF_BLOCK) break;
      if (at > end + 8) throw new InflateError("unexpected end");
      if (symbol > 285) throw new InflateError("a length that does not exist");

      const lengthBits = LENGTH_EXTRA[symbol - 257]!;
      const length = LENGTH_BASE[symbol - 257]! + (hold & ((1 << lengthBits) - 1));
      hold = (hold >>> lengthBits) | 0;
      bits -= lengthBits;
      for (; bits <= 24; bits += 8, at++) hold |= (at < end ? packed[at]! : 0) << bits;
      entry = distancesFast[hold & FAST_MASK]!;
      if (entry === 0) entry = distances.slow(hold);
      hold = (hold >>> (entry & 15)) | 0;
      bits -= entry & 15;
      const word = entry >>> 4;
      if (word > 29) throw new InflateError("a distance that does not exist");
      const distanceBits = DISTANCE_EXTRA[word]!;
      for (; bits <= 24; bits += 8, at++) hold |= (at < end ? packed[at]! : 0) << bits;
      const distance = DISTANCE_BASE[word]! + (hold & ((1 << distanceBits) - 1));
      hold = (hold >>> distanceBits) | 0;
      bits -= distanceBits;
      if (distance > written) throw new InflateError("a distance beyond the beginning");
      const stop = written + length;
      for (let from = written - distance; written < stop;) out[written++] = out[from++]!;
    }
    [this.#at, this.#hold, this.#bits, this.#written] = [at, hold, bits, written];
  }
}
