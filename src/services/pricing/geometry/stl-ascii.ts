import { MeshBuilder } from "./mesh";
import { ModelError } from "./model-error";
import { parsed, parseNumber, spellsNonFinite } from "./number";
import type { ModelParser, ParsedModel, ParserContext } from "./parser";
import { TextBlocks } from "./text-blocks";

/** Bytes of a facet as usual writers write it, for a first guess at the size of arrays. */
const USUAL_FACET_BYTES = 250;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const LOWER_CASE = 0x20;

/**
 * ASCII STL: any number of solids. Words are told apart by their first letters, in any case and layout; normals are
 * skipped, because they say nothing the corners do not.
 */
export class AsciiStlParser implements ModelParser {
  readonly #mesh: MeshBuilder;
  readonly #blocks = new TextBlocks((bytes, from, to, offset) => this.#read(bytes, from, to, offset));
  readonly #loop = new Int32Array(3);
  #corners = 0;
  #inFacet = false;
  #inSolid = false;
  #wordsToSkip = 0;
  #ending = false;

  constructor(context: ParserContext) {
    const { limits, budget, byteLength } = context;
    this.#mesh = new MeshBuilder(budget, limits.maxTriangles, (byteLength ?? 0) / USUAL_FACET_BYTES);
  }

  push(chunk: Uint8Array): void {
    this.#blocks.push(chunk);
  }

  end(): ParsedModel {
    this.#ending = true;
    this.#blocks.end();
    if (this.#inFacet) {
      throw new ModelError("TRUNCATED", `the STL ends inside facet ${this.#mesh.triangles + 1}`);
    }
    if (this.#inSolid) {
      throw new ModelError(
        "TRUNCATED",
        `the STL ends without 'endsolid' after ${this.#mesh.triangles} facets`,
      );
    }
    if (this.#mesh.triangles === 0) throw new ModelError("EMPTY_MODEL", "the STL has no facet");
    return { parts: [{ mesh: this.#mesh.seal(), placements: [undefined] }] };
  }

  #read(bytes: Uint8Array, from: number, to: number, offset: number): void {
    const { vertices } = this.#mesh;
    const loop = this.#loop;
    let at = from;
    for (;;) {
      at = skipSpace(bytes, at, to);
      if (at >= to) return;
      if (this.#wordsToSkip > 0) {
        this.#wordsToSkip--;
        at = skipWord(bytes, at, to);
        continue;
      }
      const first = bytes[at]! | LOWER_CASE;
      if (first === 0x76 /* vertex */) {
        const x = this.#coordinate(bytes, skipBlank(bytes, skipWord(bytes, at, to), to), to, offset);
        const y = this.#coordinate(bytes, skipBlank(bytes, parsed.end, to), to, offset);
        const z = this.#coordinate(bytes, skipBlank(bytes, parsed.end, to), to, offset);
        at = parsed.end;
        if (this.#corners < 3) loop[this.#corners] = vertices.add(x, y, z);
        this.#corners++;
      } else if (first === 0x66 /* facet normal x y z */) {
        if (this.#inFacet) throw malformed("a facet starts inside another", offset + at);
        if (!this.#inSolid) throw malformed("a facet starts outside a solid", offset + at);
        this.#inFacet = true;
        this.#wordsToSkip = 5;
      } else if (first === 0x6f /* outer loop */) {
        this.#wordsToSkip = 2;
        this.#corners = 0;
      } else if (first === 0x65 /* endloop, endfacet, endsolid */) {
        const kind = bytes[at + 3]! | LOWER_CASE;
        if (kind === 0x6c) this.#endLoop(offset + at);
        else if (kind === 0x66) this.#inFacet = false;
        else if (kind === 0x73) this.#endSolid(offset + at);
        else throw this.#broken(bytes, at, to, "an unknown word", offset);
        at = kind === 0x73 ? skipLine(bytes, at, to) : skipWord(bytes, at, to);
      } else if (first === 0x73 /* solid name */) {
        if (this.#inSolid) throw malformed("a solid starts inside another", offset + at);
        this.#inSolid = true;
        at = skipLine(bytes, at, to);
      } else {
        throw this.#broken(bytes, at, to, "an unknown word", offset);
      }
    }
  }

  #endLoop(at: number): void {
    if (!this.#inFacet || this.#corners !== 3) {
      throw malformed(`a loop of ${this.#corners} vertices, where a facet has 3, ends`, at);
    }
    this.#mesh.addTriangle(this.#loop[0]!, this.#loop[1]!, this.#loop[2]!);
    this.#corners = 0;
  }

  #endSolid(at: number): void {
    if (this.#inFacet) throw malformed("a solid ends inside a facet", at);
    this.#inSolid = false;
  }

  #coordinate(bytes: Uint8Array, at: number, to: number, offset: number): number {
    const value = parseNumber(bytes, at, to);
    const end = parsed.end;
    if (end > at && (end >= to || bytes[end]! <= SPACE) && Number.isFinite(value)) return value;
    const facet = this.#mesh.triangles + 1;
    if (spellsNonFinite(bytes, at, to) || !(Number.isNaN(value) || Number.isFinite(value))) {
      throw new ModelError("NOT_FINITE", `facet ${facet} has a coordinate that is not finite`);
    }
    throw this.#broken(bytes, at, to, `a coordinate of facet ${facet} that is no number`, offset);
  }

  /** What cannot be read at the very end of the file was cut off; anywhere else it is wrong. */
  #broken(bytes: Uint8Array, at: number, to: number, what: string, offset: number): ModelError {
    if (this.#ending && skipSpace(bytes, skipWord(bytes, at, to), to) >= to) {
      return new ModelError("TRUNCATED", `the STL ends inside facet ${this.#mesh.triangles + 1}`);
    }
    return malformed(what, offset + at);
  }
}

function malformed(what: string, at: number): ModelError {
  return new ModelError("MALFORMED", `${what} at byte ${at} of the STL`);
}

function skipSpace(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at]! <= SPACE) at++;
  return at;
}

function skipBlank(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at]! <= SPACE && bytes[at] !== LF && bytes[at] !== CR) at++;
  return at;
}

function skipWord(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at]! > SPACE) at++;
  return at;
}

function skipLine(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== LF && bytes[at] !== CR) at++;
  return at;
}
