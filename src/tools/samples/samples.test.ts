import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Manifold, ManifoldToplevel } from "manifold-3d" with { "resolution-mode": "import" };
import { measureModel, type ModelFormat } from "../../services/pricing/geometry";
import { flatten, loadManifold, SHAPES, WRITERS, type SampleModel } from ".";

const SAMPLES = join(__dirname, "../../../samples");
const MODEL_FILE = /\.(stl|obj|3mf)$/;
const MAX_FILE_BYTES = 200_000;
const MAX_ALL_BYTES = 2_000_000;

let manifold: ManifoldToplevel;
const models = new Map<string, SampleModel>();

beforeAll(async () => {
  manifold = await loadManifold();
  for (const [name, shape] of Object.entries(SHAPES)) models.set(name, shape(manifold));
});

describe.each(Object.keys(SHAPES))("%s", (name) => {
  test.each(Object.keys(WRITERS))("the committed %s is what the script makes", (ending) => {
    const made = WRITERS[ending]!(models.get(name)!);
    const committed = readFileSync(join(SAMPLES, name + ending));
    expect(Buffer.compare(made, committed)).toBe(0);
    expect(committed.length).toBeLessThan(MAX_FILE_BYTES);
  });

  test.each(Object.keys(WRITERS))("%s has the volume, area and extents that manifold tells", async (ending) => {
    const solid = asManifold(models.get(name)!);
    const bytes = readFileSync(join(SAMPLES, name + ending));
    const geometry = await measureModel(stream(bytes), {
      format: ending.slice(ending.lastIndexOf(".") + 1) as ModelFormat,
      byteLength: bytes.length,
    });
    const { min, max } = solid.boundingBox();
    expect(geometry).toMatchObject({ watertight: true, orientation: "outward", bodies: solid.decompose().length });
    expect(geometry.triangles).toBe(solid.numTri());
    expect(relative(geometry.volumeMm3, solid.volume())).toBeLessThan(1e-6);
    expect(relative(geometry.areaMm2, solid.surfaceArea())).toBeLessThan(1e-6);
    geometry.extentsMm.forEach((extent, axis) => {
      expect(relative(extent, max[axis]! - min[axis]!)).toBeLessThan(1e-6);
    });
  });
});

test("every committed sample has a script, and all of them are small", () => {
  const files = readdirSync(SAMPLES).filter((file) => MODEL_FILE.test(file));
  const made = [...models.keys()].flatMap((name) => Object.keys(WRITERS).map((ending) => name + ending));
  expect(files.sort()).toEqual(made.sort());
  const bytes = files.reduce((sum, file) => sum + readFileSync(join(SAMPLES, file)).length, 0);
  expect(bytes).toBeLessThan(MAX_ALL_BYTES);
});

function asManifold(model: SampleModel): Manifold {
  const { positions, triangles } = flatten(model);
  return new manifold.Manifold(
    new manifold.Mesh({ numProp: 3, vertProperties: positions, triVerts: triangles }),
  );
}

function relative(actual: number, wanted: number): number {
  return Math.abs(actual - wanted) / Math.abs(wanted);
}

async function* stream(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4093) yield bytes.subarray(at, at + 4093);
}
