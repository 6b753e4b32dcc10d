import { measureModel } from ".";
import { inChunks, measureBytes, reasonOf } from "./testing";

const OBJ = { format: "obj" } as const;

const VERTICES = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `v ${n & 1} ${(n >> 1) & 1} ${n >> 2}`).join("\n");
const QUADS = ["1 3 4 2", "5 6 8 7", "1 2 6 5", "3 7 8 4", "1 5 7 3", "2 4 8 6"];
const CUBE = `${VERTICES}\n${QUADS.map((quad) => `f ${quad}`).join("\n")}\n`;

const MEASURED_CUBE = {
  triangles: 12,
  volume: 1,
  area: 6,
  watertight: true,
  orientation: "outward",
  bodies: 1,
};

test("a cube of quads is measured as triangles", async () => {
  expect(await measureBytes(CUBE, OBJ)).toMatchObject({ ...MEASURED_CUBE, extents: [1, 1, 1] });
});

test.each([
  ["faces before their vertices", `${CUBE.slice(VERTICES.length + 1)}${VERTICES}\n`],
  [
    "negative numbers",
    CUBE.replace(/^f .*$/gm, (face) => face.replace(/\d+/g, (n) => String(Number(n) - 9))),
  ],
  ["texture and normal numbers", CUBE.replace(/(?<=^f .*)\d+/gm, (n) => `${n}/1/${n}`)],
  ["empty texture numbers", CUBE.replace(/(?<=^f .*)\d+/gm, (n) => `${n}//${n}`)],
  [
    "groups, objects, materials and comments",
    `# a cube\nmtllib x.mtl\no cube\n${CUBE.replace(/^f/gm, "g side\nusemtl red\ns off\nf")}`,
  ],
  ["colours after coordinates", CUBE.replace(/^v .*$/gm, (vertex) => `${vertex} 0.5 0.5 0.5`)],
  ["a weight and a comment", CUBE.replace(/^v .*$/gm, (vertex) => `${vertex} 1.0 # here`)],
  ["comments after faces", CUBE.replace(/^f .*$/gm, (face) => `${face} # side`)],
  ["lines that are continued", CUBE.replace(/^f (\d+) /gm, "f $1 \\\n ").replace("v 1 1 0", "v 1 1\\\r\n 0")],
  ["CR LF", CUBE.replaceAll("\n", "\r\n")],
  ["CR alone", CUBE.replaceAll("\n", "\r")],
  ["tabs", CUBE.replaceAll(" ", "\t")],
  ["no end of the last line", CUBE.trimEnd()],
  ["normals and texture coordinates", CUBE.replace(/^v (.*)$/gm, "v $1\nvn $1\nvt $1")],
])("%s change nothing", async (_what, text) => {
  expect(await measureBytes(text, OBJ)).toMatchObject(MEASURED_CUBE);
  expect(await measureModel(inChunks(Buffer.from(text), 5), OBJ)).toMatchObject(MEASURED_CUBE);
});

test("equal vertices are one, though the file lists them apart", async () => {
  const triangles = QUADS.map((quad) => {
    const lines = quad.split(" ").map((n) => VERTICES.split("\n")[Number(n) - 1]);
    return `${lines.join("\n")}\nf -4 -3 -2 -1`;
  });
  expect(await measureBytes(triangles.join("\n"), OBJ)).toMatchObject(MEASURED_CUBE);
});

test("a continued line across the end of a block is one line", async () => {
  const padding = `# ${"x".repeat(1000)}\n`.repeat(300);
  for (let shift = 0; shift < 40; shift++) {
    const start = 256 * 1024 - VERTICES.length - 20 + shift;
    const text = `${padding.slice(0, start - 1)}\n${CUBE.replace(/^f (\d+) /gm, "f $1 \\\r\n ")}`;
    expect(await measureBytes(text, OBJ)).toMatchObject(MEASURED_CUBE);
  }
});

test("a face of two corners is left out; a vertex that no face names counts for nothing", async () => {
  const geometry = await measureBytes("v 0 0 0\nv 3 0 0\nv 0 4 0\nv 99 99 99\nf 1 2\nf 1 2 3\n", OBJ);
  expect(geometry).toMatchObject({ triangles: 1, area: 6, extents: [3, 4, 0], bodies: 1, watertight: false });
});

test.each([
  ["a number beyond the vertices", "f 1 2 9"],
  ["zero", "f 0 1 2"],
  ["a negative number beyond the first", "f -1 -2 -9"],
])("%s is out of range", async (_what, face) => {
  expect((await reasonOf(`${VERTICES}\n${face}\n`, OBJ)).reason).toBe("INDEX_OUT_OF_RANGE");
});

test.each([
  ["a corner that is no number", `${VERTICES}\nf 1 2 x\n`, "MALFORMED"],
  ["a corner with a fraction", `${VERTICES}\nf 1 2 3.5\n`, "MALFORMED"],
  ["a coordinate that is no number", `v 1 2 y\nf 1 1 1\n`, "MALFORMED"],
  ["a missing coordinate", `v 1 2\nf 1 1 1\n`, "MALFORMED"],
  ["nan", `v 1 nan 2\nf 1 1 1\n`, "NOT_FINITE"],
  ["a number too large", `v 1 1e400 2\nf 1 1 1\n`, "NOT_FINITE"],
  ["vertices without faces", `${VERTICES}\n`, "EMPTY_MODEL"],
  ["comments alone", `# nothing\n`, "EMPTY_MODEL"],
  ["an STL", `solid x\nfacet normal 0 0 0\n`, "FORMAT_MISMATCH"],
  ["an archive", `PK\x03\x04 and so on`, "FORMAT_MISMATCH"],
  ["binary data", `v 1 2 3\n\0\0\0`, "FORMAT_MISMATCH"],
])("%s: %#", async (_what, text, reason) => {
  expect((await reasonOf(text, OBJ)).reason).toBe(reason);
});
