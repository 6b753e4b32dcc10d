import type { Mesh } from "./mesh";

/** Affine, row vectors, as in 3MF: `[x y z 1] · M` with M given row by row, 4 rows of 3. */
export type Transform = readonly number[];

/** What one pass over the triangles tells. Mutable, so that several meshes add up in one. */
export type Surface = {
  /** Integral of x·n over the surface: for a closed surface its volume. */
  volume: number;
  area: number;
  min: [number, number, number];
  max: [number, number, number];
};

export function emptySurface(): Surface {
  return {
    volume: 0,
    area: 0,
    min: [Infinity, Infinity, Infinity],
    max: [-Infinity, -Infinity, -Infinity],
  };
}

/**
 * Adds a mesh to `into`. The volume is the integral of x·n, about the origin: for a closed surface the same as the
 * sum of signed tetrahedra, but its rounding error grows with the distance from the origin and not with its cube;
 * for an open surface, where the two differ, it is what trimesh states. `sign` -1 turns the triangles round.
 */
export function addSurface(into: Surface, mesh: Mesh, sign: 1 | -1 = 1): void {
  const { corners, positions } = mesh;
  let { volume, area } = into;
  let [minX, minY, minZ] = into.min;
  let [maxX, maxY, maxZ] = into.max;
  let volume6 = 0;
  let area2 = 0;
  for (let at = 0; at < corners.length; at += 3) {
    const a = corners[at]! * 3;
    const b = corners[at + 1]! * 3;
    const c = corners[at + 2]! * 3;
    const ax = positions[a]!;
    const ay = positions[a + 1]!;
    const az = positions[a + 2]!;
    const bx = positions[b]!;
    const by = positions[b + 1]!;
    const bz = positions[b + 2]!;
    const cx = positions[c]!;
    const cy = positions[c + 1]!;
    const cz = positions[c + 2]!;
    const ux = bx - ax;
    const uy = by - ay;
    const uz = bz - az;
    const vx = cx - ax;
    const vy = cy - ay;
    const vz = cz - az;
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    volume6 += nx * (ax + bx + cx);
    area2 += Math.sqrt(nx * nx + ny * ny + nz * nz);
    minX = Math.min(minX, ax, bx, cx);
    minY = Math.min(minY, ay, by, cy);
    minZ = Math.min(minZ, az, bz, cz);
    maxX = Math.max(maxX, ax, bx, cx);
    maxY = Math.max(maxY, ay, by, cy);
    maxZ = Math.max(maxZ, az, bz, cz);
  }
  volume += (sign * volume6) / 6;
  area += area2 / 2;
  into.volume = volume;
  into.area = area;
  into.min = [minX, minY, minZ];
  into.max = [maxX, maxY, maxZ];
}

/** The mesh moved, its positions written to `into`. A transform of negative determinant turns it inside out. */
export function transformMesh(mesh: Mesh, transform: Transform, into: Float64Array): Mesh {
  const [m00, m01, m02, m10, m11, m12, m20, m21, m22, m30, m31, m32] = transform as number[];
  const { positions, vertexCount } = mesh;
  for (let at = 0; at < vertexCount * 3; at += 3) {
    const x = positions[at]!;
    const y = positions[at + 1]!;
    const z = positions[at + 2]!;
    into[at] = x * m00! + y * m10! + z * m20! + m30!;
    into[at + 1] = x * m01! + y * m11! + z * m21! + m31!;
    into[at + 2] = x * m02! + y * m12! + z * m22! + m32!;
  }
  return { ...mesh, positions: into };
}

export function determinant(transform: Transform): number {
  const [m00, m01, m02, m10, m11, m12, m20, m21, m22] = transform as number[];
  return (
    m00! * (m11! * m22! - m12! * m21!) -
    m01! * (m10! * m22! - m12! * m20!) +
    m02! * (m10! * m21! - m11! * m20!)
  );
}
