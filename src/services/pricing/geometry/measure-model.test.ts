import { measureModel } from ".";
import { binaryStlOf, cubeTriangles, inChunks, measureBytes, modelXml, reasonOf, threeMfOf } from "./testing";

const CUBE = cubeTriangles(10);
const STL = { format: "stl" } as const;
const measureCubes = (...cubes: (typeof CUBE)[]) => measureBytes(binaryStlOf(cubes.flat()), STL);

test("lengths, areas and volumes are given in the file's unit and in millimetres", async () => {
  const inches = await measureBytes(binaryStlOf(CUBE), { ...STL, unit: "inch" });
  expect(inches).toMatchObject({ unit: "inch", volume: 1000, area: 600, extents: [10, 10, 10] });
  expect(inches.volumeMm3).toBeCloseTo(16_387_064, 3);
  expect(inches.areaMm2).toBeCloseTo(387_096, 6);
  expect(inches.extentsMm).toEqual([254, 254, 254]);
});

describe("watertight", () => {
  test("a missing triangle opens the surface", async () => {
    expect(await measureCubes(CUBE.slice(1))).toMatchObject({ watertight: false, orientation: "open" });
  });

  test("an edge of four triangles is not watertight: two cubes that share one", async () => {
    const geometry = await measureCubes(CUBE, cubeTriangles(10, [10, 10, 0]));
    expect(geometry).toMatchObject({ watertight: false, bodies: 1, volume: 2000 });
  });

  test("two cubes that share a corner are watertight and one body", async () => {
    const geometry = await measureCubes(CUBE, cubeTriangles(10, [10, 10, 10]));
    expect(geometry).toMatchObject({ watertight: true, bodies: 1, volume: 2000 });
  });

  test("a triangle given twice is not watertight", async () => {
    expect(await measureCubes(CUBE, CUBE.slice(0, 1))).toMatchObject({ watertight: false });
    expect(await measureCubes(CUBE, CUBE)).toMatchObject({ watertight: false });
  });

  test("a fan of very many triangles round one vertex is looked at too", async () => {
    const rim = (n: number) => [Math.cos((n * Math.PI) / 100), Math.sin((n * Math.PI) / 100), 0] as const;
    const cone = Array.from({ length: 200 }, (_, n) => [
      [[0, 0, 1], rim(n), rim((n + 1) % 200)] as const,
      [[0, 0, -1], rim((n + 1) % 200), rim(n)] as const,
    ]).flat();
    expect(await measureCubes(cone)).toMatchObject({
      triangles: 400,
      watertight: true,
      orientation: "outward",
    });
    expect(await measureCubes(cone.slice(1))).toMatchObject({ watertight: false });
  });

  test("vertices closer than 1e-8 are one", async () => {
    const near = CUBE.map((corners) => corners.map((corner) => corner.map((c) => (c === 0 ? 4e-16 : c))));
    const mixed = CUBE.map((corners, n) => (n % 2 ? corners : near[n])) as unknown as typeof CUBE;
    expect(await measureCubes(mixed)).toMatchObject({ watertight: true, bodies: 1 });
  });
});

describe("orientation", () => {
  test("a cube that is inside out has its volume below zero", async () => {
    expect(await measureCubes(cubeTriangles(-10))).toMatchObject({ volume: -1000, orientation: "inward" });
  });

  test("one turned triangle makes it mixed", async () => {
    const [[a, b, c], ...rest] = CUBE as [(typeof CUBE)[0], ...(typeof CUBE)[0][]];
    const geometry = await measureCubes([[a, c, b], ...rest]);
    expect(geometry).toMatchObject({ watertight: true, orientation: "mixed" });
  });

  test("a cavity is a cavity", async () => {
    const geometry = await measureCubes(CUBE, cubeTriangles(-4, [3, 3, 3]));
    expect(geometry).toMatchObject({ volume: 936, orientation: "outward", bodies: 2 });
  });

  test("a part that is inside out beside another is no cavity", async () => {
    const geometry = await measureCubes(CUBE, cubeTriangles(-9, [50, 0, 0]));
    expect(geometry).toMatchObject({ watertight: true, orientation: "mixed" });
  });

  test("a part of a 3MF that is inside out beside another is mixed", async () => {
    const archive = threeMfOf(
      modelXml([CUBE, cubeTriangles(-9, [50, 0, 0])], '<item objectid="1"/><item objectid="2"/>'),
    );
    expect(await measureBytes(archive, { format: "3mf" })).toMatchObject({ orientation: "mixed", bodies: 2 });
  });
});

describe("limits", () => {
  const bytes = binaryStlOf(CUBE);

  test("too many bytes, declared or not", async () => {
    expect((await reasonOf(bytes, { ...STL, limits: { maxBytes: 600 } })).reason).toBe("TOO_LARGE");
    const undeclared = measureModel(inChunks(bytes, 100), { ...STL, limits: { maxBytes: 600 } });
    await expect(undeclared).rejects.toMatchObject({ reason: "TOO_LARGE" });
  });

  test("too many triangles", async () => {
    expect((await reasonOf(bytes, { ...STL, limits: { maxTriangles: 11 } })).reason).toBe("TOO_COMPLEX");
  });

  test("too much working memory, said with both figures", async () => {
    const failure = await reasonOf(bytes, { ...STL, limits: { memoryAllowance: -2000 } });
    expect(failure.reason).toBe("TOO_COMPLEX");
    expect(failure.message).toMatch(/needs at least .* MiB of working memory, its size allows .* MiB/);
  });

  test("fewer or more bytes than declared", async () => {
    const less = reasonOf(bytes, { ...STL, byteLength: 685 });
    expect((await less).reason).toBe("TRUNCATED");
    expect((await reasonOf(bytes, { ...STL, byteLength: 600 })).reason).toBe("SIZE_MISMATCH");
  });

  test("no bytes", async () => {
    for (const format of ["stl", "obj", "3mf"] as const) {
      expect(await reasonOf("", { format })).toEqual({
        reason: "EMPTY_MODEL",
        message: "the file is empty: 0 bytes",
      });
    }
  });

  test("coordinates whose volume overflows", async () => {
    const huge = "v 1e200 0 0\nv 0 1e200 0\nv 0 0 1e200\nf 1 2 3\n";
    expect((await reasonOf(huge, { format: "obj" })).reason).toBe("NOT_FINITE");
  });

  test("coordinates whose volume or extents overflow in millimetres only, or whose extents do alone", async () => {
    const tall = "v 1e300 0 0\nv 1e300 1 0\nv 1e300 0 1\nf 1 2 3\n";
    expect((await reasonOf(tall, { format: "obj" })).reason).toBe("NONE");
    expect((await reasonOf(tall, { format: "obj", unit: "meter" })).reason).toBe("NOT_FINITE");
    const apart =
      "v 1e308 0 0\nv 1e308 0 1\nv 1e308 0 2\nv -1e308 0 0\nv -1e308 0 1\nv -1e308 0 2\nf 1 2 3\nf 4 5 6\n";
    expect((await reasonOf(apart, { format: "obj" })).reason).toBe("NOT_FINITE");
  });

  test("what a message quotes is cut, and cleared of what a database or a page cannot show", async () => {
    const id = `\0\n${"9".repeat(300_000)}`;
    const model = modelXml([], `<item objectid="${id}"/>`);
    const { reason, message } = await reasonOf(threeMfOf(model), { format: "3mf" });
    expect(reason).toBe("MALFORMED");
    expect(message.length).toBeLessThan(1_001);
    expect(message).not.toMatch(/\p{Cc}/u);
  });
});

describe("progress and abort", () => {
  const many = binaryStlOf(Array.from({ length: 500 }, (_, n) => cubeTriangles(1, [2 * n, 0, 0])).flat());

  test("progress rises from chunk to chunk and ends at 1", async () => {
    const seen: number[] = [];
    await measureBytes(many, { ...STL, onProgress: (fraction) => seen.push(fraction) });
    expect(seen.length).toBeGreaterThan(20);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.at(-1)).toBe(1);
  });

  test("an abort ends the measurement with its reason", async () => {
    const controller = new AbortController();
    const gone = new Error("the lease is gone");
    const onProgress = (fraction: number) => fraction > 0.3 && controller.abort(gone);
    const measuring = measureBytes(many, { ...STL, onProgress, signal: controller.signal });
    await expect(measuring).rejects.toBe(gone);
  });

  test("an abort ends a 3MF while it is unpacked", async () => {
    const controller = new AbortController();
    const big = Array.from({ length: 400 }, (_, n) => cubeTriangles(1, [2 * n, 0, 0])).flat();
    const onProgress = (fraction: number) => fraction > 0.1 && controller.abort();
    const measuring = measureBytes(threeMfOf(modelXml([big], '<item objectid="1"/>')), {
      format: "3mf",
      onProgress,
      signal: controller.signal,
    });
    await expect(measuring).rejects.toMatchObject({ name: "AbortError" });
  });

  test("a source that fails is passed on, and closed when the model is refused", async () => {
    const broken = (async function* () {
      yield many.subarray(0, 1000);
      throw new Error("connection reset");
    })();
    await expect(measureModel(broken, STL)).rejects.toThrow("connection reset");

    let closed = false;
    const source = (async function* () {
      try {
        for (;;) yield Buffer.alloc(5000, "x");
      } finally {
        closed = true;
      }
    })();
    await expect(measureModel(source, { ...STL, byteLength: 50_000 })).rejects.toMatchObject({
      reason: "FORMAT_MISMATCH",
    });
    expect(closed).toBe(true);
  });
});
