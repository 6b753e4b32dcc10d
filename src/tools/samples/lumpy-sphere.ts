import { HERE, type SampleModel } from "./sample-model";

/**
 * A sphere with lumps, 20 × 4^subdivisions triangles: an icosahedron, its triangles divided and its vertices pushed
 * out and in. Seven subdivisions, 327,680 triangles, is the size that the benchmark measures.
 */
export function lumpySphere(subdivisions: number, radius = 20): SampleModel {
  let mesh = icosahedron();
  for (let n = 0; n < subdivisions; n++) mesh = divide(mesh);
  const { triangles } = mesh;
  const positions = new Float32Array(mesh.positions.length);
  for (let at = 0; at < positions.length; at += 3) {
    const [x, y, z] = [mesh.positions[at]!, mesh.positions[at + 1]!, mesh.positions[at + 2]!];
    const length = Math.hypot(x, y, z);
    const lump = 1 + 0.1 * Math.sin((7 * x) / length) * Math.cos((5 * y) / length);
    const scale = (radius * lump) / length;
    positions.set([x * scale, y * scale, z * scale], at);
  }
  return { name: "lumpy-sphere", parts: [{ name: "lumpy-sphere", mesh: { positions, triangles }, placements: [HERE] }] };
}

type DoubleMesh = { positions: Float64Array; triangles: Uint32Array };

function icosahedron(): DoubleMesh {
  const t = (1 + Math.sqrt(5)) / 2;
  const corners = [-1, t, 0, 1, t, 0, -1, -t, 0, 1, -t, 0, 0, -1, t, 0, 1, t];
  corners.push(0, -1, -t, 0, 1, -t, t, 0, -1, t, 0, 1, -t, 0, -1, -t, 0, 1);
  const faces = [0, 11, 5, 0, 5, 1, 0, 1, 7, 0, 7, 10, 0, 10, 11, 1, 5, 9, 5, 11, 4, 11, 10, 2, 10, 7, 6, 7, 1, 8];
  faces.push(3, 9, 4, 3, 4, 2, 3, 2, 6, 3, 6, 8, 3, 8, 9, 4, 9, 5, 2, 4, 11, 6, 2, 10, 8, 6, 7, 9, 8, 1);
  return { positions: Float64Array.from(corners), triangles: Uint32Array.from(faces) };
}

/** Each triangle becomes four; the middle of an edge is one vertex for both its triangles. */
function divide({ positions, triangles }: DoubleMesh): DoubleMesh {
  const vertexCount = positions.length / 3;
  const edgeCount = triangles.length / 2;
  const divided = new Float64Array((vertexCount + edgeCount) * 3);
  divided.set(positions);
  const middles = new Map<number, number>();
  let next = vertexCount;
  const middle = (a: number, b: number): number => {
    const key = Math.min(a, b) * vertexCount + Math.max(a, b);
    const known = middles.get(key);
    if (known !== undefined) return known;
    for (let axis = 0; axis < 3; axis++) {
      divided[next * 3 + axis] = (positions[a * 3 + axis]! + positions[b * 3 + axis]!) / 2;
    }
    middles.set(key, next);
    return next++;
  };
  const finer = new Uint32Array(triangles.length * 4);
  for (let at = 0; at < triangles.length; at += 3) {
    const [a, b, c] = [triangles[at]!, triangles[at + 1]!, triangles[at + 2]!];
    const [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
    finer.set([a, ab, ca, b, bc, ab, c, ca, bc, ab, bc, ca], at * 4);
  }
  return { positions: divided, triangles: finer };
}

/** Triangles of `lumpySphere(subdivisions)`. */
export function lumpySphereTriangles(subdivisions: number): number {
  return 20 * 4 ** subdivisions;
}

