import { GrowingInts } from "./growing-ints";
import { MeshBuilder } from "./mesh";
import { ModelError } from "./model-error";
import { parsed, parseIndex, parseNumber, spellsNonFinite } from "./number";
import type { ModelParser, ParsedModel, ParserContext } from "./parser";
import { TextBlocks } from "./text-blocks";

/** Bytes of a file per triangle as usual writers write it, for a first guess at the size of arrays. */
const USUAL_TRIANGLE_BYTES = 40;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;

/**
 * Wavefront OBJ: `v` and `f` lines; groups, objects and materials are names of parts of one model. A face may name
 * vertices that come later, negative numbers count back from the last vertex. Polygons become fans; a face of fewer
 * than three corners is left out.
 */
export class ObjParser implements ModelParser {
  readonly #mesh: MeshBuilder;
  readonly #merged: GrowingInts;
  readonly #blocks = new TextBlocks((bytes, from, to, offset) => this.#read(bytes, from, to, offset));

  constructor(context: ParserContext) {
    const { limits, budget, byteLength } = context;
    const expected = (byteLength ?? 0) / USUAL_TRIANGLE_BYTES;
    this.#mesh = new MeshBuilder(budget, limits.maxTriangles, expected);
    this.#merged = new GrowingInts(budget, expected / 2);
  }

  push(chunk: Uint8Array): void {
    this.#blocks.push(chunk);
  }

  end(): ParsedModel {
    this.#blocks.end();
    if (this.#mesh.triangles === 0) {
      throw new ModelError(
        "EMPTY_MODEL",
        `the OBJ has ${this.#merged.length} vertices and no face of three or more corners`,
      );
    }
    const mesh = this.#mesh.seal(this.#merged.values, this.#merged.length);
    return { parts: [{ mesh, placements: [undefined] }] };
  }

  #read(bytes: Uint8Array, from: number, to: number, offset: number): void {
    let at = from;
    while (at < to) {
      at = skipBlank(bytes, at, to);
      const next = at + 1 < to ? bytes[at + 1]! : LF;
      if (next === SPACE || next === TAB) {
        const first = bytes[at]!;
        if (first === 0x76 /* v */) at = this.#vertex(bytes, at + 1, to, offset);
        else if (first === 0x66 /* f */) at = this.#face(bytes, at + 1, to, offset);
      }
      at = skipLine(bytes, at, to);
    }
  }

  #vertex(bytes: Uint8Array, from: number, to: number, offset: number): number {
    const x = this.#coordinate(bytes, skipBlank(bytes, from, to), to, offset);
    const y = this.#coordinate(bytes, skipBlank(bytes, parsed.end, to), to, offset);
    const z = this.#coordinate(bytes, skipBlank(bytes, parsed.end, to), to, offset);
    this.#merged.push(this.#mesh.vertices.add(x, y, z));
    return parsed.end;
  }

  #face(bytes: Uint8Array, from: number, to: number, offset: number): number {
    let first = 0;
    let previous = 0;
    let corners = 0;
    let at = from;
    for (;;) {
      at = skipBlank(bytes, at, to);
      if (at >= to || bytes[at] === LF || bytes[at] === CR) return at;
      // A comment after the corners.
      if (bytes[at] === 0x23) return at;
      const named = parseIndex(bytes, at, to);
      const end = parsed.end;
      if (Number.isNaN(named) || (end < to && bytes[end]! > SPACE && bytes[end] !== SLASH)) {
        throw malformed("a face with a corner that is no whole number", offset + at);
      }
      const vertex = named > 0 ? named - 1 : this.#merged.length + named;
      if (named === 0 || vertex < 0) {
        throw new ModelError(
          "INDEX_OUT_OF_RANGE",
          `the face at byte ${offset + from - 1} of the OBJ refers to vertex ${named}, after ${this.#merged.length} vertices`,
        );
      }
      // Texture and normal numbers.
      at = end;
      while (at < to && bytes[at]! > SPACE && bytes[at] !== BACKSLASH) at++;
      if (corners === 0) first = vertex;
      else if (corners >= 2) this.#mesh.addTriangle(first, previous, vertex);
      previous = vertex;
      corners++;
    }
  }

  #coordinate(bytes: Uint8Array, at: number, to: number, offset: number): number {
    const value = parseNumber(bytes, at, to);
    const end = parsed.end;
    if (
      end > at &&
      (end >= to || bytes[end]! <= SPACE || bytes[end] === BACKSLASH) &&
      Number.isFinite(value)
    ) {
      return value;
    }
    const vertex = this.#merged.length + 1;
    if (spellsNonFinite(bytes, at, to) || !(Number.isNaN(value) || Number.isFinite(value))) {
      throw new ModelError("NOT_FINITE", `vertex ${vertex} has a coordinate that is not finite`);
    }
    throw malformed(`a coordinate of vertex ${vertex} that is no number`, offset + at);
  }
}

function malformed(what: string, at: number): ModelError {
  return new ModelError("MALFORMED", `${what} at byte ${at} of the OBJ`);
}

/** Over spaces, and over a backslash with the line end that it takes back. */
function skipBlank(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const byte = bytes[at]!;
    if (byte === BACKSLASH && (bytes[at + 1] === LF || bytes[at + 1] === CR)) {
      at += bytes[at + 1] === CR && bytes[at + 2] === LF ? 3 : 2;
    } else if (byte <= SPACE && byte !== LF && byte !== CR) {
      at++;
    } else {
      break;
    }
  }
  return at;
}

/** Past the line's end, not the one that a backslash takes back. */
function skipLine(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const byte = bytes[at++]!;
    if (byte !== LF && byte !== CR) continue;
    const before = byte === LF && bytes[at - 2] === CR ? at - 3 : at - 2;
    if (before < from || bytes[before] !== BACKSLASH) return at;
  }
  return at;
}
