type Point = readonly [number, number, number];

/** Three corners per triangle. */
export type Triangles = readonly (readonly [Point, Point, Point])[];

/** An axis-parallel cube of 12 triangles that face outward, or with a negative edge inward. */
export function cubeTriangles(edge: number, [x, y, z]: Point = [0, 0, 0]): Triangles {
  const size = Math.abs(edge);
  const corner = (n: number): Point => [
    x + (n & 1 ? size : 0),
    y + (n & 2 ? size : 0),
    z + (n & 4 ? size : 0),
  ];
  const quads = [
    [0, 2, 3, 1],
    [4, 5, 7, 6],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 4, 6, 2],
    [1, 3, 7, 5],
  ];
  return quads.flatMap((quad) => {
    const [a, b, c, d] = quad.map(corner) as [Point, Point, Point, Point];
    return edge > 0
      ? ([
          [a, b, c],
          [a, c, d],
        ] as const)
      : ([
          [a, c, b],
          [a, d, c],
        ] as const);
  });
}

/** `declared` is the triangle count in the header, the true one by default. */
export function binaryStlOf(triangles: Triangles, declared = triangles.length, header = "binary"): Buffer {
  const bytes = Buffer.alloc(84 + 50 * triangles.length);
  bytes.write(header, "latin1");
  bytes.writeUInt32LE(declared, 80);
  triangles.forEach((corners, n) => {
    corners.flat().forEach((value, at) => bytes.writeFloatLE(value, 84 + 50 * n + 12 + 4 * at));
  });
  return bytes;
}
