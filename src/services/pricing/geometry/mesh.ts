import type { MemoryBudget } from "./budget";
import { ModelError } from "./model-error";
import { VertexTable } from "./vertex-table";

/**
 * Triangles under construction: corners refer to distinct vertices, or, where a format lists vertices first, to
 * the list's own numbers until `seal` translates them.
 */
export class MeshBuilder {
  readonly vertices: VertexTable;
  triangles = 0;

  readonly #budget: MemoryBudget;
  readonly #maxTriangles: number;
  #corners: Int32Array;

  constructor(budget: MemoryBudget, maxTriangles: number, expectedTriangles: number) {
    const expected = Math.min(expectedTriangles, maxTriangles);
    this.#budget = budget;
    this.#maxTriangles = maxTriangles;
    // A closed surface has half as many vertices as triangles.
    this.vertices = new VertexTable(budget, expected / 2 + 64);
    const length = Math.max(64, Math.ceil(expected)) * 3;
    budget.reserve(length * 4);
    this.#corners = new Int32Array(length);
  }

  addTriangle(a: number, b: number, c: number): void {
    const at = this.triangles * 3;
    if (at === this.#corners.length) this.#grow();
    const corners = this.#corners;
    corners[at] = a;
    corners[at + 1] = b;
    corners[at + 2] = c;
    this.triangles++;
  }

  /** Ends the construction. `translation` maps a vertex list's own numbers, of which there are `listed`. */
  seal(translation?: Int32Array, listed = 0): Mesh {
    this.vertices.seal();
    const corners = this.#trim();
    if (translation !== undefined) {
      for (let at = 0; at < corners.length; at++) {
        const index = corners[at]!;
        if (index < 0 || index >= listed) {
          throw new ModelError(
            "INDEX_OUT_OF_RANGE",
            `triangle ${Math.floor(at / 3) + 1} refers to vertex ${index}, counted from 0, of ${listed}`,
          );
        }
        corners[at] = translation[index]!;
      }
    }
    return {
      triangles: this.triangles,
      corners,
      vertexCount: this.vertices.count,
      positions: this.vertices.positions,
    };
  }

  /** Gives back what was made too large; an array that is only a little too large is not worth the copy. */
  #trim(): Int32Array {
    const length = this.triangles * 3;
    const made = this.#corners;
    if (made.length <= length * 1.5 + 192) return made.subarray(0, length);
    this.#budget.reserve(length * 4 - made.byteLength);
    return made.slice(0, length);
  }

  #grow(): void {
    if (this.triangles >= this.#maxTriangles) {
      throw new ModelError("TOO_COMPLEX", `the model has more than ${this.#maxTriangles} triangles`);
    }
    const old = this.#corners;
    const length = Math.min(Math.ceil(this.triangles * 1.5), this.#maxTriangles) * 3;
    this.#budget.reserve(length * 4);
    this.#corners = new Int32Array(length);
    this.#corners.set(old);
    this.#budget.release(old.byteLength);
  }
}

/**
 * The mesh for work that goes over all vertices again and again: where most of them belong to no triangle, each triangle gets corners of its own and the rest is left
 * out. Three corners per triangle is all that can be of use, however many a file lists.
 */
export function withoutIdleVertices(mesh: Mesh, budget: MemoryBudget): Mesh {
  const vertexCount = mesh.triangles * 3;
  if (mesh.vertexCount <= vertexCount) return mesh;
  budget.reserve(vertexCount * 28);
  const positions = new Float64Array(vertexCount * 3);
  const corners = new Int32Array(vertexCount);
  for (let at = 0; at < vertexCount; at++) {
    const from = mesh.corners[at]! * 3;
    positions.set(mesh.positions.subarray(from, from + 3), at * 3);
    corners[at] = at;
  }
  return { triangles: mesh.triangles, corners, vertexCount, positions };
}

/** A finished mesh. `corners` has three entries per triangle, `positions` at least three per vertex. */
export type Mesh = {
  triangles: number;
  corners: Int32Array;
  vertexCount: number;
  positions: Float64Array;
};
