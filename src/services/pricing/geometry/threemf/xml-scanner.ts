import { ModelError } from "../model-error";
import { parsed, parseIndex, parseNumber, spellsNonFinite } from "../number";
import { findName, hash, nameId, type XmlName } from "./xml-names";

const BLOCK = 128 * 1024;
const MAX_TAG = 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_ATTRIBUTES = 64;

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const BANG = 0x21;
const QUESTION = 0x3f;
const DASH = 0x2d;
const SPACE = 0x20;

/** Told of every element in document order. Attributes are read from the scanner, during `open` only. */
export type XmlHandler = {
  open(name: number, scanner: XmlScanner): void;
  close(name: number): void;
};

/**
 * A streaming XML reader for 3MF: UTF-8, elements and attributes only. It makes no string and no object per element,
 * so that a mesh takes half the time and a third of the memory that saxes takes. What it does not read it refuses:
 * document types, and so entities of one's own, and UTF-16. Text, comments and processing instructions are skipped.
 */
export class XmlScanner {
  readonly #handler: XmlHandler;
  readonly #part: string;
  #block = new Uint8Array(BLOCK);
  #filled = 0;
  #offset = 0;
  /** What a skipped construct ends with, while inside one. */
  #skipUntil: Uint8Array | undefined;
  readonly #open = new Int32Array(MAX_DEPTH);
  readonly #openNames = new Uint8Array(MAX_DEPTH);
  #depth = 0;
  #rootSeen = false;
  #attributes = 0;
  readonly #names = new Uint8Array(MAX_ATTRIBUTES);
  readonly #nameFrom = new Int32Array(MAX_ATTRIBUTES);
  readonly #nameTo = new Int32Array(MAX_ATTRIBUTES);
  readonly #valueFrom = new Int32Array(MAX_ATTRIBUTES);
  readonly #valueTo = new Int32Array(MAX_ATTRIBUTES);

  constructor(part: string, handler: XmlHandler) {
    this.#part = part;
    this.#handler = handler;
  }

  push(chunk: Uint8Array): void {
    for (let taken = 0; taken < chunk.length;) {
      if (this.#filled === this.#block.length) this.#widen();
      const piece = chunk.subarray(taken, taken + this.#block.length - this.#filled);
      this.#block.set(piece, this.#filled);
      this.#filled += piece.length;
      taken += piece.length;
      const done = this.#scan();
      this.#block.copyWithin(0, done, this.#filled);
      this.#filled -= done;
      this.#offset += done;
    }
  }

  end(): void {
    if (this.#depth > 0 || this.#filled > 0 || !this.#rootSeen) {
      throw this.#malformed("the document is not complete", this.#filled);
    }
  }

  /** The numbers of the element that encloses the one being opened, `up` levels above it; 0 where there is none. */
  parent(up = 1): number {
    return this.#depth >= up ? this.#openNames[this.#depth - up]! : 0;
  }

  /** A coordinate. Missing or not finite is an error. */
  number(name: number): number {
    const index = this.#required(name);
    const from = this.#trimmed(index);
    const to = this.#valueTo[index]!;
    const value = parseNumber(this.#block, from, to);
    if (parsed.end > from && this.#onlySpace(parsed.end, to) && Number.isFinite(value)) return value;
    if (spellsNonFinite(this.#block, from, to) || !(Number.isNaN(value) || Number.isFinite(value))) {
      throw new ModelError(
        "NOT_FINITE",
        `a number that is not finite at byte ${this.#offset + from} of ${this.#part}`,
      );
    }
    throw this.#malformed("an attribute is no number", from);
  }

  /** A whole number from 0. */
  index(name: number): number {
    const index = this.#required(name);
    const from = this.#trimmed(index);
    const to = this.#valueTo[index]!;
    const value = parseIndex(this.#block, from, to);
    if (value >= 0 && this.#onlySpace(parsed.end, to)) return value;
    throw this.#malformed("an attribute is no whole number", from);
  }

  text(name: XmlName): string | undefined {
    const index = this.#find(nameId(name));
    return index < 0 ? undefined : this.#decode(this.#valueFrom[index]!, this.#valueTo[index]!);
  }

  /** The namespace that a prefix has on this element. */
  namespace(prefix: string): string | undefined {
    for (let at = 0; at < this.#attributes; at++) {
      const name = this.#decode(this.#nameFrom[at]!, this.#nameTo[at]!);
      if (name === `xmlns:${prefix}`) return this.#decode(this.#valueFrom[at]!, this.#valueTo[at]!);
    }
    return undefined;
  }

  /** Reads what is complete; answers up to where. */
  #scan(): number {
    const block = this.#block;
    const filled = this.#filled;
    let at = 0;
    for (;;) {
      if (this.#skipUntil !== undefined) {
        const end = indexOf(block, this.#skipUntil, at, filled);
        if (end < 0) return Math.max(at, filled - this.#skipUntil.length + 1);
        at = end + this.#skipUntil.length;
        this.#skipUntil = undefined;
      }
      if (this.#offset + at === 0 && this.#beginning()) return 0;
      while (at < filled && block[at] !== LT) at++;
      if (at + 1 >= filled) return at;
      const next = block[at + 1]!;
      if (next === QUESTION) this.#skipUntil = PI_END;
      else if (next === BANG) {
        if (!this.#declaration(at)) return at;
      } else {
        const end = next === SLASH ? this.#closeTag(at) : this.#openTag(at);
        if (end < 0) return at;
        at = end;
      }
    }
  }

  /** True while too little came to tell the encoding. */
  #beginning(): boolean {
    if (this.#filled < 2) return true;
    const [first, second] = this.#block as unknown as [number, number];
    if (first === 0 || second === 0 || first >= 0xfe) {
      throw new ModelError("UNSUPPORTED", `${this.#part} is not in UTF-8`);
    }
    return false;
  }

  /** A comment or CDATA; false while too little of it came. */
  #declaration(at: number): boolean {
    const block = this.#block;
    if (at + 3 >= this.#filled) return false;
    if (block[at + 2] === DASH && block[at + 3] === DASH) this.#skipUntil = COMMENT_END;
    else if (block[at + 2] === 0x5b) this.#skipUntil = CDATA_END;
    else throw this.#malformed("a document type, which 3MF forbids", at);
    return true;
  }

  #closeTag(at: number): number {
    const block = this.#block;
    let end = at + 2;
    while (end < this.#filled && block[end] !== GT) end++;
    if (end >= this.#filled) return -1;
    let to = end;
    while (to > at && block[to - 1]! <= SPACE) to--;
    this.#close(hash(block, at + 2, to), at);
    return end + 1;
  }

  #close(hashed: number, at: number): void {
    if (this.#depth === 0 || this.#open[this.#depth - 1] !== hashed) {
      throw this.#malformed("an element is closed that is not open", at);
    }
    this.#depth--;
    this.#handler.close(this.#openNames[this.#depth]!);
  }

  /** Answers -1 while the tag is not complete. */
  #openTag(from: number): number {
    const block = this.#block;
    const filled = this.#filled;
    let at = from + 1;
    while (at < filled && block[at]! > SPACE && block[at] !== GT && block[at] !== SLASH) at++;
    if (at >= filled) return -1;
    if (at === from + 1) throw this.#malformed("an element without a name", from);
    const nameTo = at;
    this.#attributes = 0;
    for (;;) {
      while (at < filled && block[at]! <= SPACE) at++;
      if (at >= filled) return -1;
      const byte = block[at]!;
      if (byte === GT || byte === SLASH) break;
      at = this.#attribute(at);
      if (at < 0) return -1;
    }
    const empty = block[at] === SLASH;
    if (empty && at + 1 >= filled) return -1;
    if (empty && block[++at] !== GT) throw this.#malformed("a slash inside a tag", at);

    if (this.#depth === 0 && this.#rootSeen) throw this.#malformed("a second root element", from);
    if (this.#depth === MAX_DEPTH) throw this.#malformed(`elements nested deeper than ${MAX_DEPTH}`, from);
    this.#rootSeen = true;
    const name = findName(block, from + 1, nameTo);
    this.#handler.open(name, this);
    this.#open[this.#depth] = empty ? 0 : hash(block, from + 1, nameTo);
    this.#openNames[this.#depth++] = name;
    if (empty) this.#close(0, from);
    return at + 1;
  }

  #attribute(from: number): number {
    const block = this.#block;
    const filled = this.#filled;
    let at = from;
    while (at < filled && block[at] !== EQUALS && block[at]! > SPACE && block[at] !== GT) at++;
    const nameTo = at;
    while (at < filled && block[at]! <= SPACE) at++;
    if (at >= filled) return -1;
    if (block[at] !== EQUALS) throw this.#malformed("an attribute without a value", from);
    at++;
    while (at < filled && block[at]! <= SPACE) at++;
    if (at >= filled) return -1;
    const quote = block[at]!;
    if (quote !== 0x22 && quote !== 0x27) throw this.#malformed("an attribute without quotes", from);
    const valueFrom = ++at;
    while (at < filled && block[at] !== quote) at++;
    if (at >= filled) return -1;
    if (this.#attributes === MAX_ATTRIBUTES)
      throw this.#malformed(`more than ${MAX_ATTRIBUTES} attributes`, from);
    const index = this.#attributes++;
    this.#names[index] = findName(block, from, nameTo);
    this.#nameFrom[index] = from;
    this.#nameTo[index] = nameTo;
    this.#valueFrom[index] = valueFrom;
    this.#valueTo[index] = at;
    return at + 1;
  }

  #find(name: number): number {
    for (let at = 0; at < this.#attributes; at++) if (this.#names[at] === name) return at;
    return -1;
  }

  #required(name: number): number {
    const index = this.#find(name);
    if (index < 0) throw this.#malformed("an element lacks a required attribute", 0);
    return index;
  }

  #trimmed(index: number): number {
    let from = this.#valueFrom[index]!;
    while (from < this.#valueTo[index]! && this.#block[from]! <= SPACE) from++;
    return from;
  }

  #onlySpace(from: number, to: number): boolean {
    for (let at = from; at < to; at++) if (this.#block[at]! > SPACE) return false;
    return true;
  }

  #decode(from: number, to: number): string {
    const raw = Buffer.from(this.#block.buffer, from, to - from).toString("utf8");
    if (!raw.includes("&")) return raw;
    return raw.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));?/gi, (whole, decimal, hex, named: string) => {
      if (named !== undefined) return ENTITIES[named] ?? this.#unknownEntity(whole, from);
      const code = decimal !== undefined ? parseInt(decimal, 10) : parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : this.#unknownEntity(whole, from);
    });
  }

  #unknownEntity(entity: string, at: number): never {
    throw this.#malformed(`an entity that is not defined, ${entity}`, at);
  }

  #widen(): void {
    if (this.#block.length >= MAX_TAG) throw this.#malformed(`a tag of more than ${MAX_TAG} bytes`, 0);
    const wider = new Uint8Array(this.#block.length * 2);
    wider.set(this.#block);
    this.#block = wider;
  }

  #malformed(what: string, at: number): ModelError {
    return new ModelError("MALFORMED", `${what} near byte ${this.#offset + at} of ${this.#part}`);
  }
}

const PI_END = Buffer.from("?>");
const COMMENT_END = Buffer.from("-->");
const CDATA_END = Buffer.from("]]>");
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function indexOf(bytes: Uint8Array, pattern: Uint8Array, from: number, to: number): number {
  outer: for (let at = from; at + pattern.length <= to; at++) {
    for (let n = 0; n < pattern.length; n++) if (bytes[at + n] !== pattern[n]) continue outer;
    return at;
  }
  return -1;
}
