import fc from "fast-check";
import { measureModel, sniffModel } from ".";
import { binaryStlOf, cubeTriangles, inChunks, measureBytes, reasonOf, type Triangles } from "./testing";

const CUBE = cubeTriangles(10);
const STL = { format: "stl" } as const;

function asciiOf(triangles: Triangles, name = "part"): string {
  const facets = triangles.map(
    (corners) =>
      `facet normal 0 0 0\n outer loop\n${corners.map((corner) => `  vertex ${corner.join(" ")}\n`).join("")} endloop\nendfacet\n`,
  );
  return `solid ${name}\n${facets.join("")}endsolid ${name}\n`;
}

const MEASURED_CUBE = {
  triangles: 12,
  volume: 1000,
  area: 600,
  extents: [10, 10, 10],
  watertight: true,
  orientation: "outward",
  bodies: 1,
};

describe("binary", () => {
  test("a cube is measured", async () => {
    expect(await measureBytes(binaryStlOf(CUBE), STL)).toMatchObject(MEASURED_CUBE);
  });

  test("a header that begins with 'solid' does not make it ASCII", async () => {
    const bytes = binaryStlOf(CUBE, 12, "solid made by a careless exporter");
    expect(await measureBytes(bytes, STL)).toMatchObject(MEASURED_CUBE);
    expect(await measureModel(inChunks(bytes, 7), STL)).toMatchObject(MEASURED_CUBE);
  });

  test("chunks may end anywhere", async () => {
    const bytes = binaryStlOf(CUBE);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (size) => {
        expect(await measureModel(inChunks(bytes, size), STL)).toMatchObject(MEASURED_CUBE);
      }),
      { numRuns: 60 },
    );
  });

  test("a count that lies is refused with what it is and what it should be", async () => {
    for (const declared of [13, 11, 0, 4_294_967_295]) {
      const failure = await reasonOf(binaryStlOf(CUBE, declared), STL);
      expect(failure.reason).toBe("TRIANGLE_COUNT_MISMATCH");
      expect(failure.message).toContain(`declares ${declared} triangles`);
      expect(failure.message).toContain("has 684 bytes, enough for 12");
    }
  });

  test("a file cut inside a triangle is truncated, one cut inside the header too", async () => {
    const bytes = binaryStlOf(CUBE);
    for (const length of [683, 400, 85, 83, 10]) {
      expect((await reasonOf(bytes.subarray(0, length), STL)).reason).toBe("TRUNCATED");
    }
  });

  test("without a declared length a lying count is still found", async () => {
    const lying = measureModel(inChunks(binaryStlOf(CUBE, 4_000_000)), STL);
    await expect(lying).rejects.toMatchObject({ reason: "TRIANGLE_COUNT_MISMATCH" });
  });

  test.each([NaN, Infinity, -Infinity])("a coordinate of %d is refused with its triangle", async (value) => {
    const bytes = binaryStlOf(CUBE);
    bytes.writeFloatLE(value, 84 + 50 * 4 + 12 + 20);
    expect(await reasonOf(bytes, STL)).toEqual({
      reason: "NOT_FINITE",
      message: "triangle 5 has a coordinate that is not finite",
    });
  });

  test("a normal that is not finite does not matter", async () => {
    const bytes = binaryStlOf(CUBE);
    bytes.writeFloatLE(NaN, 84);
    expect(await measureBytes(bytes, STL)).toMatchObject(MEASURED_CUBE);
  });

  test("one without triangles is empty", async () => {
    expect((await reasonOf(binaryStlOf([]), STL)).reason).toBe("EMPTY_MODEL");
  });
});

describe("ASCII", () => {
  test("a cube is measured, in any case, spacing and line end", async () => {
    const text = asciiOf(CUBE);
    const variants = [
      text,
      text.toUpperCase(),
      text.replaceAll("\n", "\r\n"),
      text.replaceAll("\n", "\r"),
      text.replaceAll(" ", "\t  "),
      text.replaceAll("outer loop\n", "outer loop "),
      asciiOf(CUBE, "facet vertex endsolid"),
      text.trimEnd(),
      `\n\n  ${text}\n\n`,
    ];
    for (const variant of variants) expect(await measureBytes(variant, STL)).toMatchObject(MEASURED_CUBE);
  });

  test("several solids are one model", async () => {
    const both = asciiOf(CUBE) + asciiOf(cubeTriangles(10, [20, 0, 0]), "");
    expect(await measureBytes(both, STL)).toMatchObject({ triangles: 24, volume: 2000, bodies: 2 });
  });

  test("chunks and blocks may end anywhere", async () => {
    const many = asciiOf(Array.from({ length: 400 }, (_, n) => cubeTriangles(1, [3 * n, 0, 0])).flat());
    expect(many.length).toBeGreaterThan(256 * 1024);
    for (const size of [1021, 65_536, 262_144]) {
      const geometry = await measureModel(inChunks(Buffer.from(many), size), STL);
      expect(geometry).toMatchObject({ triangles: 4800, volume: 400, bodies: 400, watertight: true });
    }
  });

  test("a file that ends early is truncated, wherever it ends", async () => {
    const text = asciiOf(CUBE.slice(0, 2));
    for (let length = "solid p".length; length < text.indexOf("endsolid") + 1; length++) {
      const { reason } = await reasonOf(text.slice(0, length), STL);
      expect({ length, reason }).toEqual({ length, reason: "TRUNCATED" });
    }
  });

  test.each(["nan", "-inf", "1e999", "-1.#IND"])("a coordinate of %s is not finite", async (word) => {
    const text = asciiOf(CUBE).replace("vertex 0 10 0", `vertex 0 ${word} 0`);
    expect((await reasonOf(text, STL)).reason).toBe("NOT_FINITE");
  });

  test.each([
    ["a word that is no number", "vertex 0 10 0", "vertex 0 ten 0"],
    ["a number with a tail", "vertex 0 10 0", "vertex 0 10x 0"],
    ["a missing coordinate", "vertex 0 10 0\n", "vertex 0 10\n"],
    ["a fourth corner", "vertex 0 10 0\n", "vertex 0 10 0\nvertex 1 2 3\n"],
    ["a missing corner", "vertex 0 10 0\n", ""],
    ["an unknown word", "endfacet\n", "endfacet\nhello\n"],
    ["a facet in a facet", "endfacet\n", ""],
  ])("%s is malformed", async (_what, from, to) => {
    expect((await reasonOf(asciiOf(CUBE).replace(from, to), STL)).reason).toBe("MALFORMED");
  });

  test("a solid without facets is empty", async () => {
    expect((await reasonOf("solid nothing\nendsolid nothing\n", STL)).reason).toBe("EMPTY_MODEL");
  });

  test("a single line of megabytes is refused", async () => {
    const line = `solid ${"x".repeat(5 * 1024 * 1024)}`;
    expect((await reasonOf(line, STL)).reason).toBe("MALFORMED");
  });
});

test("sniffing finds what the beginning and the size tell", () => {
  const bytes = binaryStlOf(CUBE);
  const sniff = (content: Uint8Array | string, total?: number) => {
    const first = Buffer.from(content as string).subarray(0, 1024);
    return sniffModel(first, total ?? first.length, "stl")?.reason;
  };
  expect(sniff(bytes)).toBeUndefined();
  expect(sniff(bytes, bytes.length - 1)).toBe("TRUNCATED");
  expect(sniff(bytes, bytes.length + 50)).toBe("TRIANGLE_COUNT_MISMATCH");
  expect(sniff(binaryStlOf([]))).toBe("EMPTY_MODEL");
  expect(sniff(asciiOf(CUBE))).toBeUndefined();
  expect(sniff("", 0)).toBe("EMPTY_MODEL");
  expect(sniff("v 0 0 0\nv 1 0 0\n")).toBe("FORMAT_MISMATCH");
  expect(sniff("PK\x03\x04 and so on")).toBe("FORMAT_MISMATCH");
  expect(sniff("GIF89a, but as text")).toBe("FORMAT_MISMATCH");
  expect(sniff(bytes, 300_000_000)).toBe("TOO_LARGE");
});
