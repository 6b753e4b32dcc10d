import { ModelError } from "./model-error";

const BLOCK = 256 * 1024;
/** No line of a sane model is longer; a file that is one long line would otherwise be held in memory whole. */
const MAX_LINE = 4 * 1024 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const BACKSLASH = 0x5c;

/** Bytes `from..to` of the block are whole lines; `offset` is where in the file the block starts. */
export type ConsumeLines = (bytes: Uint8Array, from: number, to: number, offset: number) => void;

/** Cuts a stream of chunks into blocks of whole lines. A line that ends in a backslash is not an end. */
export class TextBlocks {
  readonly #consume: ConsumeLines;
  #block = new Uint8Array(BLOCK);
  #filled = 0;
  #offset = 0;

  constructor(consume: ConsumeLines) {
    this.#consume = consume;
  }

  push(chunk: Uint8Array): void {
    let taken = 0;
    while (taken < chunk.length) {
      const part = chunk.subarray(taken, taken + this.#block.length - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      if (this.#filled === this.#block.length) this.#flush();
    }
  }

  /** The last line may come without its end. */
  end(): void {
    this.push(Uint8Array.of(LF));
    this.#consume(this.#block, 0, this.#filled, this.#offset);
    this.#filled = 0;
  }

  #flush(): void {
    const cut = this.#lastLineEnd();
    if (cut === 0) {
      this.#widen();
      return;
    }
    this.#consume(this.#block, 0, cut, this.#offset);
    this.#block.copyWithin(0, cut, this.#filled);
    this.#filled -= cut;
    this.#offset += cut;
  }

  /** The CR of a CR LF is never the last byte of a block: what the LF continues might depend on it. */
  #lastLineEnd(): number {
    const block = this.#block;
    for (let at = this.#filled - 1; at > 0; at--) {
      const byte = block[at]!;
      if (byte !== LF && (byte !== CR || at === this.#filled - 1)) continue;
      const before = block[at - 1]!;
      const continued = before === BACKSLASH || (before === CR && at > 1 && block[at - 2] === BACKSLASH);
      if (!continued && !(byte === CR && block[at + 1] === LF)) return at + 1;
    }
    return 0;
  }

  #widen(): void {
    if (this.#block.length >= MAX_LINE) {
      throw new ModelError(
        "MALFORMED",
        `the line at byte ${this.#offset} is longer than ${MAX_LINE} bytes: this is not a text model`,
      );
    }
    const wider = new Uint8Array(this.#block.length * 2);
    wider.set(this.#block);
    this.#block = wider;
  }
}
