import { measureBytes, cubeTriangles, modelXml, reasonOf, threeMfOf, zipOf } from "./testing";

const THREE_MF = { format: "3mf" } as const;
const CUBE = cubeTriangles(10);
const ITEM = '<item objectid="1"/>';
const component = (id: number, transform?: string) =>
  `<component objectid="${id}"${transform === undefined ? "" : ` transform="${transform}"`}/>`;
const components = (...list: string[]) => `<components>${list.join("")}</components>`;
const reason = async (archive: Buffer, limits = {}) =>
  (await reasonOf(archive, { ...THREE_MF, limits })).reason;

test("a cube is measured in the file's own unit, whatever the caller says", async () => {
  const geometry = await measureBytes(threeMfOf(modelXml([CUBE], ITEM, 'unit="inch"')), {
    ...THREE_MF,
    unit: "meter",
  });
  expect(geometry).toMatchObject({ unit: "inch", triangles: 12, volume: 1000, area: 600, bodies: 1 });
  expect(geometry).toMatchObject({ watertight: true, orientation: "outward" });
  expect(geometry.volumeMm3).toBeCloseTo(1000 * 25.4 ** 3, 4);
  expect(geometry.areaMm2).toBeCloseTo(600 * 25.4 ** 2, 6);
  expect(geometry.extentsMm[0]).toBeCloseTo(254, 9);
});

test("a file without a unit is in millimetres; one with an unknown unit is malformed", async () => {
  expect((await measureBytes(threeMfOf(modelXml([CUBE], ITEM, "")), THREE_MF)).unit).toBe("millimeter");
  expect(await reason(threeMfOf(modelXml([CUBE], ITEM, 'unit="parsec"')))).toBe("MALFORMED");
});

test("components and items place an object with composed transforms", async () => {
  const scaled = component(1, "2 0 0 0 2 0 0 0 2 100 0 0");
  const items = '<item objectid="2" transform="0 1 0 -1 0 0 0 0 1 0 0 5"/>';
  const model = modelXml([CUBE, components(component(1), scaled)], items);
  const geometry = await measureBytes(threeMfOf(model), THREE_MF);
  expect(geometry).toMatchObject({ triangles: 24, volume: 9000, area: 3000, bodies: 2, watertight: true });
  // Laid along x, 0 to 120, then turned a quarter about z.
  expect(geometry.extents).toEqual([20, 120, 20]);
});

test("a mirrored part stays a solid, an object that is not built counts for nothing", async () => {
  const items = '<item objectid="1" transform="-1 0 0 0 1 0 0 0 1 0 0 0"/>';
  const model = modelXml([CUBE, cubeTriangles(1000)], items);
  expect(await measureBytes(threeMfOf(model), THREE_MF)).toMatchObject({
    volume: 1000,
    orientation: "outward",
  });
});

test("parts that touch stay parts", async () => {
  const items = `${ITEM}<item objectid="1" transform="1 0 0 0 1 0 0 0 1 10 0 0"/>`;
  const geometry = await measureBytes(threeMfOf(modelXml([CUBE], items)), THREE_MF);
  expect(geometry).toMatchObject({ bodies: 2, watertight: true, volume: 2000 });
});

test("the production extension's paths lead to other parts", async () => {
  const attributes =
    'unit="millimeter" requiredextensions="p" xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06"';
  const root = modelXml(
    [components('<component objectid="1" p:path="/3D/Parts/Cube.model"/>')],
    `${ITEM}<item objectid="1" p:path="/3d/parts/cube.model" transform="1 0 0 0 1 0 0 0 1 50 0 0"/>`,
    attributes,
  );
  const archive = threeMfOf(root, { "3D/Parts/cube.model": modelXml([CUBE], "") });
  expect(await measureBytes(archive, THREE_MF)).toMatchObject({
    triangles: 24,
    bodies: 2,
    extents: [60, 10, 10],
  });
});

test("the package's relationships say which part is the model", async () => {
  const rels = `<Relationships><Relationship Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
    Target="/else/where.model" Id="r"/></Relationships>`;
  const archive = zipOf([
    { name: "else/where.model", content: modelXml([CUBE], ITEM), stored: true },
    { name: "_rels/.rels", content: rels },
  ]);
  expect(await measureBytes(archive, THREE_MF)).toMatchObject({ volume: 1000 });
});

test("prefixes, comments, CDATA, single quotes and elements of extensions do no harm", async () => {
  const odd = modelXml([CUBE], ITEM)
    .replace(
      "<resources>",
      "<!-- <object id='9'> > --><metadata><![CDATA[<mesh>]]></metadata><?pi <mesh>?><resources>",
    )
    .replace(
      "</resources>",
      "<s:slicestack><s:slice><s:vertices><s:vertex x='1' y='1'/></s:vertices></s:slice></s:slicestack></resources>",
    )
    .replaceAll('"0"', "' 0 '")
    .replace("<vertices>", "<vertices  >")
    .replace(/<(\/?)(mesh|vertices)/g, "<$1c:$2");
  expect(await measureBytes(threeMfOf(odd), THREE_MF)).toMatchObject({ volume: 1000, watertight: true });
});

describe("archives that are refused", () => {
  const good = threeMfOf(modelXml([CUBE], ITEM));

  test("one that is cut off", async () => {
    for (const length of [good.length - 1, good.length - 30, 200, 30, 10]) {
      expect(await reason(good.subarray(0, length))).toBe("TRUNCATED");
    }
  });

  test("a zip bomb, by its ratio, before it is unpacked whole", async () => {
    const bomb = threeMfOf(modelXml([CUBE], ITEM) + " ".repeat(200_000_000));
    expect(bomb.length).toBeLessThan(400_000);
    const failure = await reasonOf(bomb, THREE_MF);
    expect(failure.reason).toBe("ARCHIVE_TOO_LARGE");
    expect(failure.message).toMatch(/more than 100 times its \d+ bytes/);
  });

  test("a zip bomb that states a small size", async () => {
    const content = " ".repeat(50_000_000);
    const archive = zipOf([{ name: "3D/3dmodel.model", content, statedSize: 1000 }]);
    expect(await reason(archive)).toBe("ARCHIVE_TOO_LARGE");
  });

  test("one that unpacks to more than the limit", async () => {
    expect(await reason(good, { maxUnzippedBytes: 1000 })).toBe("ARCHIVE_TOO_LARGE");
  });

  test("one whose content was changed", async () => {
    const stored = zipOf([{ name: "3D/3dmodel.model", content: modelXml([CUBE], ITEM), stored: true }]);
    const at = stored.indexOf('x="10"');
    stored.write('x="11"', at);
    expect((await reasonOf(stored, THREE_MF)).message).toContain("checksum");
    expect(await reason(stored)).toBe("MALFORMED");
  });

  test("one that states another size than it unpacks to", async () => {
    expect(await reason(zipOf([{ name: "3D/3dmodel.model", content: "<model/>", statedSize: 7 }]))).toBe(
      "MALFORMED",
    );
  });

  test("an encrypted one", async () => {
    expect(await reason(zipOf([{ name: "3D/3dmodel.model", content: "x", flags: 1 }]))).toBe("UNSUPPORTED");
  });

  test("a zip that is no 3MF, and a file that is no zip", async () => {
    expect(await reason(zipOf([{ name: "readme.txt", content: "hello" }]))).toBe("FORMAT_MISMATCH");
    expect((await reasonOf("solid x\nendsolid x\n", THREE_MF)).reason).toBe("FORMAT_MISMATCH");
  });

  test("one with the same part twice", async () => {
    const part = { name: "3D/3dmodel.model", content: "<model/>" };
    expect(await reason(zipOf([part, { ...part, name: "3d/3DMODEL.model" }]))).toBe("MALFORMED");
  });
});

describe("models that are refused", () => {
  const deep = (levels: number, times: number) =>
    Array.from({ length: levels }, (_, n) => components(...Array<string>(times).fill(component(n + 1))));

  test.each([
    [
      "a triangle beyond the vertices",
      modelXml([CUBE], ITEM).replace('v3="2"', 'v3="36"'),
      "INDEX_OUT_OF_RANGE",
    ],
    ["a component that does not exist", modelXml([components(component(7))], ITEM), "INDEX_OUT_OF_RANGE"],
    ["an item that does not exist", modelXml([CUBE], '<item objectid="5"/>'), "INDEX_OUT_OF_RANGE"],
    ["a component that contains itself", modelXml([components(component(1))], ITEM), "MALFORMED"],
    ["components that multiply", modelXml([CUBE, ...deep(9, 10)], '<item objectid="10"/>'), "TOO_COMPLEX"],
    ["nothing to build", modelXml([CUBE], ""), "EMPTY_MODEL"],
    ["objects without triangles", modelXml([[]], ITEM), "EMPTY_MODEL"],
    [
      "a transform of eleven numbers",
      modelXml([CUBE], '<item objectid="1" transform="1 0 0 0 1 0 0 0 1 0 0"/>'),
      "MALFORMED",
    ],
    [
      "a transform that flattens",
      modelXml([CUBE], '<item objectid="1" transform="1 0 0 0 1 0 0 0 0 0 0 0"/>'),
      "MALFORMED",
    ],
    [
      "a transform to infinity",
      modelXml([CUBE], '<item objectid="1" transform="1e999 0 0 0 1 0 0 0 1 0 0 0"/>'),
      "NOT_FINITE",
    ],
    ["a coordinate that is nan", modelXml([CUBE], ITEM).replace('x="10"', 'x="nan"'), "NOT_FINITE"],
    ["a coordinate that is no number", modelXml([CUBE], ITEM).replace('x="10"', 'x="ten"'), "MALFORMED"],
    ["a missing coordinate", modelXml([CUBE], ITEM).replace(' x="10"', ""), "MALFORMED"],
    ["a negative index", modelXml([CUBE], ITEM).replace('v3="2"', 'v3="-1"'), "MALFORMED"],
    ["an object twice", modelXml([CUBE, CUBE], ITEM).replace('id="2"', 'id="1"'), "MALFORMED"],
    ["a document type", `<!DOCTYPE model [<!ENTITY a "b">]>${modelXml([CUBE], ITEM)}`, "MALFORMED"],
    ["an entity of its own", modelXml([CUBE], '<item objectid="&a;"/>'), "MALFORMED"],
    ["an element that is not closed", modelXml([CUBE], ITEM).replace("</build>", ""), "MALFORMED"],
    ["a document that ends early", modelXml([CUBE], ITEM).slice(0, -10), "MALFORMED"],
    [
      "a required extension that adds matter",
      modelXml(
        [CUBE],
        ITEM,
        'requiredextensions="b" xmlns:b="http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"',
      ),
      "UNSUPPORTED",
    ],
    ["elements nested without end", `<model>${"<a>".repeat(1000)}`, "MALFORMED"],
    ["a tag without end", `<model ${"a".repeat(2_000_000)}`, "MALFORMED"],
  ])("%s", async (_what, model, wanted) => {
    expect(await reason(threeMfOf(model))).toBe(wanted);
  });

  test("UTF-16", async () => {
    const content = Buffer.from(`\ufeff${modelXml([CUBE], ITEM)}`, "utf16le");
    expect(await reason(zipOf([{ name: "3D/3dmodel.model", content }]))).toBe("UNSUPPORTED");
  });
});
