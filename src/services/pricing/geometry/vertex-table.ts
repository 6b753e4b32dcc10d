import { randomFillSync } from "node:crypto";
import type { MemoryBudget } from "./budget";
import { keyedHash } from "./keyed-hash";

/** Vertices closer than this, in the file's own unit, are one vertex: the grid that SolidWorks and trimesh use. */
const GRID_PER_UNIT = 1e8;

/** Adding and subtracting 1.5 × 2^52 rounds a double below 2^51 to the nearest integer, ties to even. */
const ROUNDER = 6755399441055744;
const ROUNDER_LIMIT = 2 ** 51;
const TWO_32 = 4294967296;
/** How far from its place a vertex may lie before the hash is taken to be deceived: chance alone brings 8 million of them to about 450. */
const LONGEST_PROBE = 2_048;

/**
 * The distinct vertices of a mesh: `add` gives equal vertices the same number, counted from 0. Open addressing
 * with linear probing over typed arrays; at most three quarters full. The hash is quick and can be deceived: coordinates that fall together on purpose, or
 * beyond what it looks at, are noticed by how far they lie from their place, and from then on the hash has a secret key.
 */
export class VertexTable {
  /** x, y, z of vertex `i` at `3 * i`; longer than `count` says. */
  positions: Float64Array;
  count = 0;

  readonly #budget: MemoryBudget;
  #slots: Int32Array;
  #mask: number;
  #resizeAt: number;
  #key: Int32Array | undefined;

  constructor(budget: MemoryBudget, expected: number) {
    this.#budget = budget;
    const capacity = Math.max(64, Math.ceil(expected));
    let slots = 128;
    while (slots * 0.75 < capacity) slots *= 2;
    budget.reserve(capacity * 24 + slots * 4);
    this.positions = new Float64Array(capacity * 3);
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
    this.#resizeAt = slots * 0.75;
  }

  /** The coordinates must be finite. */
  add(x: number, y: number, z: number): number {
    const qx = toGrid(x);
    const qy = toGrid(y);
    const qz = toGrid(z);
    const slots = this.#slots;
    const positions = this.positions;
    const mask = this.#mask;
    const key = this.#key;
    const place = (key === undefined ? hash(qx, qy, qz) : keyedHash(key, qx, qy, qz)) & mask;
    let at = place;
    for (;;) {
      const entry = slots[at]!;
      if (entry === 0) break;
      const p = (entry - 1) * 3;
      const px = positions[p]!;
      const py = positions[p + 1]!;
      const pz = positions[p + 2]!;
      if (px === x && py === y && pz === z) return entry - 1;
      if (toGrid(px) === qx && toGrid(py) === qy && toGrid(pz) === qz) return entry - 1;
      at = (at + 1) & mask;
    }
    const index = this.count++;
    slots[at] = index + 1;
    const p = index * 3;
    if (p === positions.length) this.#growPositions();
    this.positions[p] = x;
    this.positions[p + 1] = y;
    this.positions[p + 2] = z;
    if (this.count > this.#resizeAt) this.#rehash(slots.length * 2);
    else if (((at - place) & mask) > LONGEST_PROBE && this.#key === undefined) {
      this.#key = randomFillSync(new Int32Array(2));
      this.#rehash(slots.length);
    }
    return index;
  }

  /** Gives up the memory that only `add` needs. */
  seal(): void {
    this.#budget.release(this.#slots.byteLength);
    this.#slots = new Int32Array(0);
    const made = this.positions;
    if (made.length <= this.count * 4.5 + 192) return;
    this.positions = made.slice(0, this.count * 3);
    this.#budget.release(made.byteLength - this.positions.byteLength);
  }

  #growPositions(): void {
    const old = this.positions;
    const length = Math.ceil(this.count * 1.5) * 3;
    this.#budget.reserve(length * 8);
    this.positions = new Float64Array(length);
    this.positions.set(old);
    this.#budget.release(old.byteLength);
  }

  #hash(qx: number, qy: number, qz: number): number {
    return this.#key === undefined ? hash(qx, qy, qz) : keyedHash(this.#key, qx, qy, qz);
  }

  #rehash(length: number): void {
    const old = this.#slots;
    this.#budget.reserve(length * 4);
    const slots = new Int32Array(length);
    const mask = length - 1;
    const positions = this.positions;
    for (let index = 0, p = 0; index < this.count; index++, p += 3) {
      let at = this.#hash(toGrid(positions[p]!), toGrid(positions[p + 1]!), toGrid(positions[p + 2]!)) & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = index + 1;
    }
    this.#slots = slots;
    this.#mask = mask;
    this.#resizeAt = length * 0.75;
    this.#budget.release(old.byteLength);
  }
}

function toGrid(coordinate: number): number {
  const scaled = coordinate * GRID_PER_UNIT;
  // Beyond 2^51 a double has hardly any fraction left: two of them are equal or further apart than the grid.
  return scaled < ROUNDER_LIMIT && scaled > -ROUNDER_LIMIT ? scaled + ROUNDER - ROUNDER : scaled;
}

function hash(qx: number, qy: number, qz: number): number {
  let h = Math.imul((qx | 0) ^ ((qx / TWO_32) | 0), 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ (qy | 0) ^ ((qy / TWO_32) | 0), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ (qz | 0) ^ ((qz / TWO_32) | 0), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
