/** A triangle mesh: x, y, z of each vertex in millimetres, three vertex numbers per triangle. */
export type SampleMesh = { positions: Float32Array; triangles: Uint32Array };

/** Rows of an affine transform for row vectors, 4 of 3, as 3MF writes them. */
export type Placement = readonly number[];

export type SamplePart = { name: string; mesh: SampleMesh; placements: readonly Placement[] };

/** A model as 3MF tells it. The other formats know neither parts nor placements: for them it is flattened. */
export type SampleModel = { name: string; parts: readonly SamplePart[] };

export const HERE: Placement = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0];

export function moved(x: number, y: number, z: number): Placement {
  return [1, 0, 0, 0, 1, 0, 0, 0, 1, x, y, z];
}

/** Turned about the z axis, then moved. */
export function turned(degrees: number, x: number, y: number, z: number): Placement {
  const angle = (degrees * Math.PI) / 180;
  const [c, s] = [Math.cos(angle), Math.sin(angle)].map((value) => Number(value.toFixed(9))) as [number, number];
  return [c, s, 0, -s, c, 0, 0, 0, 1, x, y, z];
}

/** All parts in one mesh, where they stand. */
export function flatten(model: SampleModel): SampleMesh {
  const positions: number[] = [];
  const triangles: number[] = [];
  for (const { mesh, placements } of model.parts) {
    for (const placement of placements) {
      const base = positions.length / 3;
      for (let at = 0; at < mesh.positions.length; at += 3) positions.push(...place(mesh.positions, at, placement));
      for (const index of mesh.triangles) triangles.push(base + index);
    }
  }
  return { positions: Float32Array.from(positions), triangles: Uint32Array.from(triangles) };
}

function place(positions: Float32Array, at: number, m: Placement): [number, number, number] {
  const [x, y, z] = [positions[at]!, positions[at + 1]!, positions[at + 2]!];
  const coordinate = (axis: number) => x * m[axis]! + y * m[3 + axis]! + z * m[6 + axis]! + m[9 + axis]!;
  return [coordinate(0), coordinate(1), coordinate(2)];
}

/** The unit normal of a triangle; zero for one without area. */
export function normalOf(mesh: SampleMesh, triangle: number): [number, number, number] {
  const corner = (n: number) => {
    const at = mesh.triangles[triangle * 3 + n]! * 3;
    return mesh.positions.subarray(at, at + 3) as unknown as [number, number, number];
  };
  const [a, b, c] = [corner(0), corner(1), corner(2)];
  const [ux, uy, uz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const [vx, vy, vz] = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
  const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  const length = Math.hypot(nx, ny, nz) || 1;
  return [nx / length, ny / length, nz / length];
}

/** The shortest decimal that reads back as the same float32. */
export function float32Text(value: number): string {
  for (let digits = 6; digits <= 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}
