/** A cube as a binary STL; `announced` lies about its triangles, `bytes` cuts it off or pads it. */
export function cubeStl(edgeMm: number, { announced = 12, bytes = 684 } = {}): Buffer {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => [n & 1, (n >> 1) & 1, (n >> 2) & 1]);
  const file = Buffer.alloc(Math.max(684, bytes));
  file.write("a cube", 0, "latin1");
  file.writeUInt32LE(announced, 80);
  faces.forEach((face, n) => {
    face.forEach((corner, at) => {
      corners[corner]?.forEach((side, axis) => {
        file.writeFloatLE(side * edgeMm, 84 + n * 50 + 12 + at * 12 + axis * 4);
      });
    });
  });
  return file.subarray(0, bytes);
}

const faces = [
  [0, 2, 1],
  [1, 2, 3],
  [4, 5, 6],
  [5, 7, 6],
  [0, 1, 4],
  [1, 5, 4],
  [2, 6, 3],
  [3, 6, 7],
  [0, 4, 2],
  [2, 4, 6],
  [1, 3, 5],
  [3, 7, 5],
];
