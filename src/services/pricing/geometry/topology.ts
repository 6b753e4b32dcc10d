import type { MemoryBudget } from "./budget";
import type { Mesh } from "./mesh";

/** Buckets up to this size are sorted in place by insertion; above it the built-in sort is faster. */
const INSERTION_LIMIT = 48;

export type EdgeCheck = {
  /** Every edge belongs to exactly two triangles. */
  watertight: boolean;
  /** And the two run along it in opposite directions. Only told of a watertight mesh. */
  consistent: boolean;
};

/**
 * Sorts the half-edges of each vertex (as the smaller of an edge's two ends) by the other end: a counting sort
 * with small sorts in its buckets, because a hash of edges needs more memory and misses the cache more often.
 * A triangle whose corners were merged counts like any other, as in trimesh: it makes the mesh not watertight.
 */
export function checkEdges(mesh: Mesh, budget: MemoryBudget): EdgeCheck {
  const { corners, vertexCount } = mesh;
  // An odd number of half-edges cannot pair up.
  if (corners.length % 2 !== 0) return { watertight: false, consistent: false };
  const bytes = (vertexCount + 1 + corners.length) * 4;
  budget.reserve(bytes);
  const ends = new Int32Array(vertexCount + 1);
  for (let at = 0; at < corners.length; at += 3) {
    const a = corners[at]!;
    const b = corners[at + 1]!;
    const c = corners[at + 2]!;
    ends[a < b ? a : b]!++;
    ends[b < c ? b : c]!++;
    ends[c < a ? c : a]!++;
  }
  let sum = 0;
  for (let v = 0; v <= vertexCount; v++) {
    sum += ends[v]!;
    ends[v] = sum;
  }
  // Filled from the back: afterwards ends[v] is where the bucket of v starts.
  const others = new Int32Array(corners.length);
  for (let at = 0; at < corners.length; at += 3) {
    const a = corners[at]!;
    const b = corners[at + 1]!;
    const c = corners[at + 2]!;
    if (a < b) others[--ends[a]!] = b << 1;
    else others[--ends[b]!] = (a << 1) | 1;
    if (b < c) others[--ends[b]!] = c << 1;
    else others[--ends[c]!] = (b << 1) | 1;
    if (c < a) others[--ends[c]!] = a << 1;
    else others[--ends[a]!] = (c << 1) | 1;
  }
  let watertight = true;
  let consistent = true;
  for (let v = 0; v < vertexCount && watertight; v++) {
    const from = ends[v]!;
    const to = ends[v + 1]!;
    if (((to - from) & 1) !== 0) {
      watertight = false;
      break;
    }
    sortRange(others, from, to);
    for (let at = from; at < to; at += 2) {
      const first = others[at]!;
      const second = others[at + 1]!;
      if (first >> 1 !== second >> 1 || (at + 2 < to && others[at + 2]! >> 1 === first >> 1)) {
        watertight = false;
        break;
      }
      if (first === second) consistent = false;
    }
  }
  budget.release(bytes);
  return { watertight, consistent: watertight && consistent };
}

function sortRange(values: Int32Array, from: number, to: number): void {
  if (to - from > INSERTION_LIMIT) {
    values.subarray(from, to).sort();
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    let j = i - 1;
    while (j >= from && values[j]! > value) {
      values[j + 1] = values[j]!;
      j--;
    }
    values[j + 1] = value;
  }
}

export type Bodies = {
  count: number;
  /** The body of a vertex, counted from 0; -1 for a vertex of no triangle. */
  ofVertex: Int32Array;
};

/** Parts connected by common vertices: union-find with path halving. */
export function findBodies(mesh: Mesh, budget: MemoryBudget): Bodies {
  const { corners, vertexCount } = mesh;
  budget.reserve(vertexCount * 4);
  const parent = new Int32Array(vertexCount).fill(-1);
  for (let at = 0; at < corners.length; at += 3) {
    const a = root(parent, corners[at]!);
    const b = root(parent, corners[at + 1]!);
    // The smaller number becomes the root, so that roots can be numbered below in one walk.
    const ab = a < b ? a : b;
    parent[a] = ab;
    parent[b] = ab;
    const c = root(parent, corners[at + 2]!);
    const abc = ab < c ? ab : c;
    parent[ab] = abc;
    parent[c] = abc;
  }
  let count = 0;
  // Parents come before their children, so a parent's entry already holds its body, stored as -2 - body.
  for (let v = 0; v < vertexCount; v++) {
    const p = parent[v]!;
    if (p === -1) continue;
    parent[v] = p === v ? -2 - count++ : parent[p]!;
  }
  for (let v = 0; v < vertexCount; v++) {
    const p = parent[v]!;
    if (p !== -1) parent[v] = -2 - p;
  }
  return { count, ofVertex: parent };
}

function root(parent: Int32Array, vertex: number): number {
  if (parent[vertex] === -1) {
    parent[vertex] = vertex;
    return vertex;
  }
  let v = vertex;
  for (;;) {
    const p = parent[v]!;
    if (p === v) return v;
    const grand = parent[p]!;
    parent[v] = grand;
    v = grand;
  }
}
