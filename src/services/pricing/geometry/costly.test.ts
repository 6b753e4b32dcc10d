import { measureBytes, modelXml, reasonOf, threeMfOf } from "./testing";

/** Files that ask for far more work than their size. Each took from twenty seconds to hours once; the bound is wide because others use the machine too. */
const cpuSeconds = 10;
let before: NodeJS.CpuUsage;
beforeEach(() => (before = process.cpuUsage()));
afterEach(() => {
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(cpuSeconds);
});

const FLAT = `<vertex x="0" y="0" z="0"/><vertex x="1" y="0" z="0"/><vertex x="0" y="1" z="0"/>`;
const FACE = `<triangles><triangle v1="0" v2="1" v3="2"/></triangles>`;

test.each([
  ["whose halves cancel each other on the grid", (k: number) => ((k + 1) * 4294967297) / 1e8],
  ["far beyond what the quick hash looks at", (k: number) => 1e30 * (1 + k / 1e6)],
])("200,000 vertices %s are told apart in time", async (_which, coordinate) => {
  const lines = ["f 1 2 3"];
  for (let k = 0; k < 200_000; k++) lines.push(`v ${coordinate(k)} 0 0`);
  const geometry = await measureBytes(lines.join("\n"), { format: "obj" });
  expect(geometry).toMatchObject({ triangles: 1, watertight: false });
});

test("vertices that no triangle has are not moved with each of 19,000 placements", async () => {
  const idle = Array.from({ length: 300_000 }, (_, n) => `<vertex x="${n}" y="2" z="0"/>`).join("");
  const items = '<item objectid="1" transform="1 0 0 0 1 0 0 0 1 5 0 0"/>'.repeat(19_000);
  const model = modelXml([`<mesh><vertices>${FLAT}${idle}</vertices>${FACE}</mesh>`], items);
  const geometry = await measureBytes(threeMfOf(model), { format: "3mf" });
  expect(geometry).toMatchObject({ triangles: 19_000, area: 9_500, extents: [1, 1, 0] });
});

test("a required extension that is named 200,000 times is looked up once", async () => {
  const names = Array.from({ length: 50 }, (_, n) => `xmlns:${"p".repeat(10_000)}${n}="a"`).join(" ");
  const known = 'xmlns:q="http://schemas.microsoft.com/3dmanufacturing/production/2015/06"';
  const attributes = `${names} ${known} requiredextensions="${"q ".repeat(200_000)}"`;
  expect((await reasonOf(threeMfOf(modelXml([], "", attributes)), { format: "3mf" })).reason).toBe(
    "EMPTY_MODEL",
  );
});

test("parts that are each in order may not together unpack to a hundred times the file", async () => {
  const paths = Array.from({ length: 12 }, (_, n) => `3D/${n}.model`);
  const part = `<model>${" ".repeat(15_000_000)}</model>`;
  const components = paths.map((path) => `<component objectid="1" path="/${path}"/>`).join("");
  const root = modelXml([`<components>${components}</components>`], '<item objectid="1"/>');
  const archive = threeMfOf(root, Object.fromEntries(paths.map((path) => [path, part])));
  const { reason, message } = await reasonOf(archive, { format: "3mf" });
  expect(reason).toBe("ARCHIVE_TOO_LARGE");
  expect(message).toMatch(/the archive unpacks to more than 100 times its \d+ bytes/);
});

test("objects are counted over all parts", async () => {
  const part = `<model><resources>${Array.from({ length: 9_000 }, (_, n) => `<object id="${n}"/>`).join("")}</resources></model>`;
  const component = (n: number) => `<component objectid="1" path="/3D/${n}.model"/>`;
  const root = modelXml(
    [`<components>${[0, 1, 2].map(component).join("")}</components>`],
    '<item objectid="1"/>',
  );
  const parts = { "3D/0.model": part, "3D/1.model": part, "3D/2.model": part };
  expect((await reasonOf(threeMfOf(root, parts), { format: "3mf" })).reason).toBe("TOO_COMPLEX");
});
